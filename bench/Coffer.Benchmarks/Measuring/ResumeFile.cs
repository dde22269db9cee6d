using System.Text.Json;

namespace Coffer.Benchmarks.Measuring;

/// <summary>
/// Measurements that were made already, so that an interrupted run goes on where it was: lines of JSON in a file, each with
/// a key of all that the measurement depends on. A line that is cut short, as the last may be, counts as not there.
/// </summary>
internal sealed class ResumeFile
{
    private readonly string path;
    private readonly Dictionary<string, JsonElement> known = [];

    public ResumeFile(string path, bool isFresh = false)
    {
        this.path = path;
        if (isFresh) File.Delete(path);
        if (!File.Exists(path)) return;
        var text = File.ReadAllText(path);
        foreach (var line in text.Split('\n')) Take(line);
        if (text.Length > 0 && !text.EndsWith('\n')) File.AppendAllText(path, "\n");
    }

    /// <summary>The measurement with a key; made now, and kept, when there is none.</summary>
    public T GetOrAdd<T>(string key, Func<T> measure)
    {
        if (known.TryGetValue(key, out var found) && found.Deserialize<T>(Json.Options) is { } value) return value;
        var made = measure();
        var element = JsonSerializer.SerializeToElement(made, Json.Options);
        known[key] = element;
        File.AppendAllText(path, JsonSerializer.Serialize(new Entry(key, element), Json.Options) + "\n");
        return made;
    }

    private void Take(string line)
    {
        if (line.Length == 0) return;
        try
        {
            if (JsonSerializer.Deserialize<Entry>(line, Json.Options) is { Key: not null } entry) known[entry.Key] = entry.Value;
        }
        catch (JsonException)
        {
        }
    }

    private sealed record Entry(string Key, JsonElement Value);
}
