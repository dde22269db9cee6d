using Coffer.Capabilities.Audit;
using Coffer.Edge.Apps;

namespace Coffer.Edge.Telemetry;

/// <summary>
/// What guests wanted to do and were not granted: counted for their app, and written to its log with what would allow it, of
/// which a guest that tries again and again gets a part.
/// </summary>
internal sealed class DenialSink(AppRegistry apps, TimeProvider time) : AuditSink
{
    private const int LinesPerSecond = 20;
    private readonly Dictionary<string, (long Second, int Lines)> written = new(StringComparer.Ordinal);

    public override bool WantsAllowed => false;

    public override void Write(AuditEvent audited)
    {
        if (!apps.TryGet(audited.Module, out var app)) return;
        app.Statistics.CountDenial();
        var second = time.GetTimestamp() / time.TimestampFrequency;
        var (last, lines) = written.GetValueOrDefault(app.Name);
        if (last != second) lines = 0;
        written[app.Name] = (second, lines + 1);
        if (lines >= LinesPerSecond) return;
        using var sink = new LoggerSink(app.Logger);
        sink.Write(audited);
    }
}
