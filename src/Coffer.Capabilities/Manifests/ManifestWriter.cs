using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Manifests;

/// <summary>Writes manifests: only what is said, in the order of the lists.</summary>
internal static class ManifestWriter
{
    public static string Write(Manifest manifest)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            // Nobody embeds a manifest in a page; escaped, "+" and "<" could not be read.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }))
        {
            json.WriteStartObject();
            if (manifest.Module is not null) json.WriteString(ManifestShape.Module, manifest.Module);
            WriteGrants(json, manifest.Capabilities);
            WriteSection(json, ManifestShape.Limits, manifest.Limits, new Limits(), Limits.Syntax);
            WriteSection(json, ManifestShape.Quotas, manifest.Quotas, Quotas.Default, Quotas.Syntax);
            WriteSection(json, ManifestShape.Audit, manifest.Audit, new AuditSettings(), AuditSettings.Syntax);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(content.WrittenSpan) + "\n";
    }

    private static void WriteGrants(Utf8JsonWriter json, CapabilitySet capabilities)
    {
        json.WriteStartObject(ManifestShape.Grants);
        foreach (var syntax in GrantSyntax.All)
        {
            var grants = capabilities.Grants.Where(grant => grant.Kind == syntax.Kind).ToList();
            if (grants.Count == 0) continue;
            json.WriteStartArray(syntax.ManifestKey);
            foreach (var grant in grants) json.WriteStringValue(grant.ToString());
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteSection<T>(
        Utf8JsonWriter json, string section, T value, T standard, IReadOnlyList<SettingSyntax<T>> rows)
    {
        var said = rows.Where(row => row.Format(value) is { } text && text != row.Format(standard)).ToList();
        if (said.Count == 0) return;
        json.WriteStartObject(section);
        foreach (var row in said)
        {
            var text = row.Format(value)!;
            var isNumber = long.TryParse(text, out var number) && row.Shape.HasFlag(SettingShape.Number);
            if (row.Shape == SettingShape.Flag) json.WriteBoolean(row.ManifestKey, bool.Parse(text));
            else if (isNumber) json.WriteNumber(row.ManifestKey, number);
            else json.WriteString(row.ManifestKey, text);
        }

        json.WriteEndObject();
    }
}
