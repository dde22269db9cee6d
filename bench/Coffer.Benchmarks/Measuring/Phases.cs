using System.Text.Json;

namespace Coffer.Benchmarks.Measuring;

/// <summary>
/// What the phases of a program took in one process, in milliseconds, as guests print it: one value each time that the
/// phase was measured.
/// </summary>
internal sealed record Phases(double[] Compile, double[] Instantiate, double[] Execute)
{
    /// <summary>The last line that is an object; null when there is none.</summary>
    public static Phases? Parse(string output)
    {
        var line = output.Split('\n').LastOrDefault(each => each.StartsWith('{'));
        try
        {
            return line is null ? null : JsonSerializer.Deserialize<Phases>(line, Json.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string Print() => JsonSerializer.Serialize(this, Json.Options);
}
