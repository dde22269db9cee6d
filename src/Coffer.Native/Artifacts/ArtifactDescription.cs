using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Native.Artifacts;

/// <summary>
/// What native code was made from and for, as lines of a name and a value. Code may run only where all of them hold.
/// </summary>
internal sealed class ArtifactDescription
{
    private const string Processor = "cpu", Content = "wasm";
    private const int MostLines = 64;

    private readonly List<(string Name, string Value)> lines;

    private ArtifactDescription(List<(string Name, string Value)> lines) => this.lines = lines;

    /// <summary>The names and values, in order.</summary>
    public IReadOnlyList<(string Name, string Value)> Lines => lines;

    /// <summary>The SHA-256 of the module, in hexadecimal.</summary>
    public string Module => Value(Content);

    /// <summary>The processor's features that the code needs, by crossgen2's names.</summary>
    public IEnumerable<string> CpuFeatures => Value(Processor).Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A name for the whole: equal descriptions, and only they, have the same.</summary>
    public string Key => Convert.ToHexStringLower(Sha256.Hash(ToBytes()));

    /// <summary>What a module compiled by an engine in this process would say.</summary>
    public static ArtifactDescription Of(ReadOnlySpan<byte> module, EngineOptions options)
    {
        var engine = typeof(Engine).Assembly;
        return new ArtifactDescription(
        [
            (Content, Convert.ToHexStringLower(Sha256.Hash(module))),
            ("engine", $"{engine.GetName().Version} {engine.ManifestModule.ModuleVersionId:N}"),
            ("runtime", Environment.Version.ToString()),
            ("platform", RuntimeInformation.RuntimeIdentifier),
            (Processor, string.Join(',', Native.CpuFeatures.Here)),
            ("features", ((ulong)options.Features).ToString("x", CultureInfo.InvariantCulture)),
            ("limits", Convert.ToHexStringLower(Sha256.Hash(Encoding.UTF8.GetBytes(options.Limits.ToString())))[..16]),
            ("memory", options.Memory.Mode.ToString()),
            ("fuel", options.ConsumeFuel ? "yes" : "no"),
            ("interruptible", options.Interruptible ? "yes" : "no"),
        ]);
    }

    /// <summary>Reads a description; null when the bytes are none.</summary>
    public static ArtifactDescription? Read(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<(string, string)>();
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n', MostLines + 1))
        {
            if (line.Length == 0) continue;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || lines.Count == MostLines || line.AsSpan().ContainsAnyInRange('\0', '\x1f')) return null;
            lines.Add((line[..space], line[(space + 1)..]));
        }

        return lines.Count > 0 ? new ArtifactDescription(lines) : null;
    }

    /// <summary>The lines as they are kept.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line.Name} {line.Value}\n")));

    /// <summary>Why code described so cannot run where <paramref name="here"/> holds; null when it can.</summary>
    public string? Misfit(ArtifactDescription here)
    {
        foreach (var (name, value) in here.lines)
        {
            if (name == Processor)
            {
                var missing = CpuFeatures.Except(here.CpuFeatures).ToList();
                if (missing.Count > 0) return $"it needs a processor with {string.Join(", ", missing)}";
            }
            else if (Value(name) != value)
            {
                return $"it was made for {name} {Value(name)}, this is {value}";
            }
        }

        return lines.Count == here.lines.Count ? null : "it says more than this version understands";
    }

    private string Value(string name) => lines.Find(line => line.Name == name).Value ?? "";
}
