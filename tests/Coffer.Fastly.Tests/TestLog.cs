using System.Text;

namespace Coffer.Fastly.Tests;

/// <summary>A log that is kept.</summary>
internal sealed class TestLog : FastlyLog
{
    private readonly List<string> lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines) return [.. lines];
        }
    }

    public override void Write(string endpoint, ReadOnlySpan<byte> message) => Add($"{endpoint}: {Encoding.UTF8.GetString(message)}");

    public override void Report(string message) => Add($"host: {message}");

    private void Add(string line)
    {
        lock (lines) lines.Add(line);
    }
}
