using System.Buffers;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// Writes each event as a line of JSON in UTF-8; see <see cref="AuditJson"/> and <c>docs/audit.md</c>. Lines are kept
/// until <see cref="Flush"/>, which a trail calls after each batch, or until there is a mebibyte of them. The stream
/// gets whole lines at a time.
/// </summary>
/// <param name="stream">Where to.</param>
/// <param name="leaveOpen">Whether the stream stays open when the sink is disposed.</param>
public sealed class JsonLinesSink(Stream stream, bool leaveOpen = false) : AuditSink
{
    private const int MaximumBuffered = 1 << 20;
    private readonly ArrayBufferWriter<byte> lines = new(1 << 12);

    /// <inheritdoc/>
    public override void Write(AuditEvent audited)
    {
        AuditJson.Write(lines, audited);
        lines.Write("\n"u8);
        if (lines.WrittenCount >= MaximumBuffered) Flush();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The stream failed; the lines that were kept are given up.</exception>
    public override void Flush()
    {
        if (lines.WrittenCount == 0) return;
        var isWritten = false;
        try
        {
            stream.Write(lines.WrittenSpan);
            stream.Flush();
            isWritten = true;
        }
        finally
        {
            lines.ResetWrittenCount();

            // Part of a line may have got through: what comes next must not be glued to it.
            if (!isWritten) lines.Write("\n"u8);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        try
        {
            Flush();
        }
        finally
        {
            if (!leaveOpen) stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
