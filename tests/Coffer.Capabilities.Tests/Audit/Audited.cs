using Coffer.Capabilities.Audit;

namespace Coffer.Capabilities.Tests.Audit;

/// <summary>Events to record.</summary>
internal static class Audited
{
    public static AuditEvent Event(long sequence, bool allowed = true) => new()
    {
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Run = "r1",
        Sequence = sequence,
        Module = "app.wasm",
        Operation = "path_open",
        Kind = "directories",
        Resource = "/etc/passwd",
        Access = "read",
        Allowed = allowed,
    };
}
