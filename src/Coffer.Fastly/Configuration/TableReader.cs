using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Coffer.Fastly.Ambient;

namespace Coffer.Fastly.Configuration;

/// <summary>Reads tables: places of addresses, devices of user agents, access by address.</summary>
internal sealed class TableReader(ConfigurationFiles files)
{
    public GeolocationTable ReadGeolocation(TomlNode node)
    {
        node.RequireOnly("format", "addresses", "file", "use_default_loopback");
        var places = new Dictionary<IPAddress, string>();
        foreach (var (text, entry, place) in Entries(node, "addresses"))
        {
            places[IPAddress.TryParse(text, out var address) ? address : throw entry.Wrong($"\"{text}\" is no address")] = place;
        }

        return new GeolocationTable(places, node.Find("use_default_loopback")?.RequireTruth() ?? true);
    }

    public Dictionary<string, string> ReadDevices(TomlNode node)
    {
        node.RequireOnly("format", "user_agents", "file");
        var devices = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (userAgent, _, device) in Entries(node, "user_agents")) devices[userAgent] = device;
        return devices;
    }

    public AccessList ReadAcl(string name, TomlNode node)
    {
        if (node.Table is not null) node.RequireOnly("file");
        var file = node.Table is null ? node : node.Find("file") ?? throw node.Wrong("needs the key \"file\"");
        var members = FileReading.Json(files, file);
        if (!members.TryGetValue("entries", out var entries) || entries.ValueKind != JsonValueKind.Array) throw file.Wrong("the file needs an array \"entries\"");
        return new AccessList([.. entries.EnumerateArray().Select(entry => ReadAclEntry(file, entry))]);
    }

    public static ShieldingSite ReadShieldingSite(TomlNode node)
    {
        if (node.Table is null)
        {
            return node.RequireText().Equals("local", StringComparison.OrdinalIgnoreCase)
                ? new ShieldingSite(null, null)
                : throw node.Wrong("must be \"local\", or a table with \"encrypted\" and \"unencrypted\"");
        }

        node.RequireOnly("encrypted", "unencrypted");
        return new ShieldingSite(UrlOf(node, "unencrypted"), UrlOf(node, "encrypted"));
    }

    private static Uri UrlOf(TomlNode node, string key) =>
        Uri.TryCreate(node.RequireText(key), UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : throw node.Find(key)!.Wrong("is no URL");

    private static AccessListEntry ReadAclEntry(TomlNode file, JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("prefix", out var prefix) || !entry.TryGetProperty("action", out var action)
            || prefix.ValueKind != JsonValueKind.String || action.ValueKind != JsonValueKind.String)
        {
            throw file.Wrong("each of the entries in the file needs \"prefix\" and \"action\"");
        }

        var text = prefix.GetString()!;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !int.TryParse(text.AsSpan(slash + 1), out var length)
            || length < 1 || length > (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128))
        {
            throw file.Wrong($"\"{text}\" in the file is no prefix; write 192.0.2.0/24 or 2001:db8::/32");
        }

        var said = action.GetString()!;
        var known = said.ToUpperInvariant() is "ALLOW" or "BLOCK" ? said.ToUpperInvariant() : said;
        return new AccessListEntry(new IPNetwork(BaseOf(address, length), length), known);
    }

    // A network has no bits behind its prefix; who writes one may leave them in.
    private static IPAddress BaseOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }

    private IEnumerable<(string Key, TomlNode Node, string Json)> Entries(TomlNode node, string inlineKey)
    {
        switch (node.Find("format")?.RequireText())
        {
            case null:
                yield break;
            case "inline-toml":
                foreach (var (key, value) in (node.Find(inlineKey) ?? throw node.Wrong($"needs the key \"{inlineKey}\"")).RequireTable())
                {
                    yield return (key, value, ToJson(value, value.RequireTable()).ToJsonString());
                }

                break;
            case "json":
                var file = node.Find("file") ?? throw node.Wrong("needs the key \"file\"");
                foreach (var (key, value) in FileReading.Json(files, file))
                {
                    if (value.ValueKind != JsonValueKind.Object) throw file.Wrong($"the value of \"{key}\" in the file must be an object");
                    yield return (key, file, JsonSerializer.Serialize(value));
                }

                break;
            case var other:
                throw node.Find("format")!.Wrong($"\"{other}\" is no format; write inline-toml or json");
        }
    }

    private static JsonObject ToJson(TomlNode node, Dictionary<string, TomlNode> table)
    {
        var json = new JsonObject();
        foreach (var (key, value) in table)
        {
            json[key] = value.Table is { } inner ? ToJson(value, inner) : value.Scalar switch
            {
                string text => JsonValue.Create(text),
                long number => JsonValue.Create(number),
                double number => JsonValue.Create(number),
                bool truth => JsonValue.Create(truth),
                _ => throw node.Wrong($"\"{key}\" must be a text, a number, true, false or a table"),
            };
        }

        return json;
    }
}
