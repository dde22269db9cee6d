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

    private readonly List<DescriptionLine> lines;

    private ArtifactDescription(List<DescriptionLine> lines) => this.lines = lines;

    /// <summary>The names and values, in order.</summary>
    public IReadOnlyList<DescriptionLine> Lines => lines;

    /// <summary>The hash of the module, in hexadecimal; see <see cref="ContentHash"/>.</summary>
    public string Module => Value(Content);

    /// <summary>The processor's features that the code needs, by crossgen2's names.</summary>
    public IEnumerable<string> CpuFeatures => Value(Processor).Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A name for the whole: equal descriptions, and only they, have the same.</summary>
    public string Key => Hexadecimal.Of(Sha256.Hash(ToBytes()));

    /// <summary>What a module compiled by an engine in this process would say.</summary>
    public static ArtifactDescription Of(ReadOnlySpan<byte> module, EngineOptions options)
    {
        return new ArtifactDescription(
        [
            new(Content, Hexadecimal.Of(ContentHash.Of(module))),
            new("engine", BuildOf(typeof(Engine))),
            new("runtime", BuildOf(typeof(object))),
            new("platform", RuntimeInformation.RuntimeIdentifier),
            new(Processor, string.Join(',', Native.CpuFeatures.Here)),
            new("features", ((ulong)options.Features).ToString("x", CultureInfo.InvariantCulture)),
            new("limits", Hexadecimal.Of(Sha256.Hash(Encoding.UTF8.GetBytes(options.Limits.ToString())))[..16]),
            new("memory", NameOf(options.Memory.Mode)),
            new("fuel", options.ConsumeFuel ? "yes" : "no"),
            new("interruptible", options.Interruptible ? "yes" : "no"),
        ]);
    }

    /// <summary>Reads a description; null when the bytes are none.</summary>
    public static ArtifactDescription? Read(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<DescriptionLine>();
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n', MostLines + 1))
        {
            if (line.Length == 0) continue;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || lines.Count == MostLines || line.AsSpan().ContainsAnyInRange('\0', '\x1f')) return null;
            lines.Add(new DescriptionLine(line[..space], line[(space + 1)..]));
        }

        return lines.Count > 0 ? new ArtifactDescription(lines) : null;
    }

    /// <summary>The lines as they are kept.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        foreach (var line in lines) text.Append(line.Name).Append(' ').Append(line.Value).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Why code described so cannot run where <paramref name="here"/> holds; null when it can.</summary>
    public string? Misfit(ArtifactDescription here)
    {
        foreach (var (name, value) in here.lines)
        {
            if (name == Processor)
            {
                if (Value(Processor) == value) continue;
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

    // What tells one build of an assembly from another. Names and versions need reflection, which takes its time.
    private static string BuildOf(Type type) => Hexadecimal.Of(type.Module.ModuleVersionId.ToByteArray());

    private string Value(string name)
    {
        foreach (var line in lines)
        {
            if (line.Name == name) return line.Value;
        }

        return "";
    }

    // Enum.ToString asks reflection.
    private static string NameOf(MemoryMode mode) => mode switch
    {
        MemoryMode.Auto => nameof(MemoryMode.Auto),
        MemoryMode.Guarded => nameof(MemoryMode.Guarded),
        _ => nameof(MemoryMode.Checked),
    };
}

/// <summary>One line of a description.</summary>
internal sealed record DescriptionLine(string Name, string Value);
