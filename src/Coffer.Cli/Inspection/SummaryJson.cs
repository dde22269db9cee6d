using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coffer.Cli.Inspection;

/// <summary>Writes a summary for programs.</summary>
internal static class SummaryJson
{
    public static string Write(ModuleSummary summary)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            content, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("file", summary.File);
            json.WriteNumber("bytes", summary.Size);
            json.WriteString("name", summary.Name);
            WriteArray(json, "features", summary.Features, json.WriteStringValue);
            json.WriteStartObject("counts");
            foreach (var (what, count) in summary.Counts) json.WriteNumber(what.Replace(' ', '-'), count);
            json.WriteEndObject();
            if (summary.Start >= 0) json.WriteNumber("start", summary.Start);
            WriteArray(json, "sections", summary.Sections, section => WriteSection(json, section));
            WriteArray(json, "imports", summary.Imports, entity => WriteEntity(json, entity));
            WriteArray(json, "exports", summary.Exports, entity => WriteEntity(json, entity));
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(content.ToArray());
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }

    private static void WriteSection(Utf8JsonWriter json, SectionPlace section)
    {
        json.WriteStartObject();
        json.WriteString("name", section.Name);
        json.WriteNumber("offset", section.Offset);
        json.WriteNumber("size", section.Size);
        json.WriteEndObject();
    }

    private static void WriteEntity(Utf8JsonWriter json, EntitySummary entity)
    {
        json.WriteStartObject();
        if (entity.Module is not null) json.WriteString("module", entity.Module);
        json.WriteString("name", entity.Name);
        json.WriteString("kind", entity.Kind);
        json.WriteString("type", entity.Type);
        json.WriteEndObject();
    }
}
