using System.Text;

namespace Coffer.Native.Artifacts;

/// <summary>
/// What native code was made from and for, as lines of a name and a value. Code may run only where all of them hold.
/// </summary>
internal sealed partial class ArtifactDescription
{
    /// <summary>The line that says how accesses to memory are kept inside it, by the words of the command's option.</summary>
    public const string Memory = "memory";

    /// <summary>The line that says whether code counts fuel.</summary>
    public const string Fuel = "fuel";

    /// <summary>What such a line says when it does.</summary>
    public const string Yes = "yes";

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

    /// <summary>The same for another module and the processor of this machine.</summary>
    public ArtifactDescription For(ReadOnlySpan<byte> module)
    {
        var hash = Hexadecimal.Of(ContentHash.Of(module));
        return Replace(Content, hash).Replace(Processor, string.Join(',', Native.CpuFeatures.Here));
    }

    /// <summary>The same with another value in the line of a name.</summary>
    public ArtifactDescription Replace(string name, string value)
    {
        var changed = new List<DescriptionLine>(lines.Count);
        foreach (var line in lines) changed.Add(line.Name == name ? new DescriptionLine(name, value) : line);
        return new ArtifactDescription(changed);
    }

    /// <summary>The same with another line at the end.</summary>
    public ArtifactDescription With(string name, string value) => new([.. lines, new DescriptionLine(name, value)]);

    /// <summary>The same without the lines of a name.</summary>
    public ArtifactDescription Without(string name) => new(lines.FindAll(line => line.Name != name));

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

    /// <summary>The value of a line; empty when there is none of the name.</summary>
    public string Value(string name)
    {
        foreach (var line in lines)
        {
            if (line.Name == name) return line.Value;
        }

        return "";
    }
}

/// <summary>One line of a description.</summary>
internal sealed record DescriptionLine(string Name, string Value);
