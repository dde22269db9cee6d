using System.Text;

namespace Coffer.Plugins.Generators;

/// <summary>Source text that is written line by line.</summary>
internal sealed class Lines
{
    private readonly StringBuilder text = new();
    private int depth;

    public Lines Add(string line)
    {
        if (line == "}") depth--;
        if (line.Length > 0) text.Append(' ', depth * 4).Append(line);
        text.Append('\n');
        if (line == "{") depth++;
        return this;
    }

    public override string ToString() => text.ToString();
}
