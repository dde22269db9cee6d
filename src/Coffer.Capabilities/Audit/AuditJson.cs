using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Coffer.Capabilities.Audit;

/// <summary>
/// Audit events as JSON, one to a line. All that is not plain ASCII is escaped, so that no name a guest chose can end a
/// line or control a terminal.
/// </summary>
public static class AuditJson
{
    /// <summary>Writes an event without a line end.</summary>
    public static void Write(IBufferWriter<byte> destination, AuditEvent audited)
    {
        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, audited, AuditJsonContext.Default.AuditEvent);
    }

    /// <summary>Reads an event. Members that are not known are passed over.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static AuditEvent Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var audited = JsonSerializer.Deserialize(line, AuditJsonContext.Default.AuditEvent)
                ?? throw new FormatException("it is no audit event but null");
            return audited.Schema == AuditEvent.SchemaVersion
                ? audited
                : throw new FormatException($"its schema is {audited.Schema}; {AuditEvent.SchemaVersion} is known");
        }
        catch (JsonException exception)
        {
            var place = exception.BytePositionInLine is { } position ? $" (byte {position})" : "";
            throw new FormatException($"it is no audit event in JSON{place}", exception);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AuditEvent))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
