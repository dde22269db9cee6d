using System.Text.Json;

namespace Coffer.Cli.Audit;

/// <summary>Writes the summary of an audit trail for programs.</summary>
internal static class AuditSummaryJson
{
    public static void Write(AuditSummary summary, TextWriter output)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("allowed", summary.Allowed);
            json.WriteNumber("denied", summary.Denied);
            json.WriteNumber("dropped", summary.Dropped);
            json.WriteNumber("malformed", summary.Malformed);
            json.WriteStartArray("groups");
            foreach (var group in summary.Groups) Write(group, json);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(content.ToArray()));
    }

    private static void Write(AuditGroup group, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("operation", group.Key.Operation);
        json.WriteString("kind", group.Key.Kind);
        json.WriteString("resource", group.Key.Resource);
        json.WriteString("access", group.Key.Access);
        json.WriteNumber("allowed", group.Allowed);
        json.WriteNumber("failed", group.Failed);
        json.WriteNumber("denied", group.Denied);
        if (group.Rule is not null) json.WriteString("rule", group.Rule);
        if (group.Reason is not null) json.WriteString("reason", group.Reason);
        if (group.Remedy is not null) json.WriteString("remedy", group.Remedy);
        json.WriteEndObject();
    }
}
