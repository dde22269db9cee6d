using System.Globalization;
using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The headers of a response, with its status as <c>:status</c>.</summary>
internal sealed class ResponseHeaderMap(HttpResponse response) : HeaderMap
{
    private const string Status = ":status";
    private readonly IHeaderDictionary headers = response.Headers;

    public override int Count => headers.Count + 1;

    public override bool IsWritable => !response.HasStarted;

    public override string? Find(string name)
    {
        if (name.Length > 0 && name[0] == ':') return IsStatus(name) ? Code() : null;
        return headers.TryGetValue(name, out var values) ? HttpHeaderMap.Join(values) : null;
    }

    public override void CopyTo(List<KeyValuePair<string, string>> pairs)
    {
        pairs.Add(new(Status, Code()));
        foreach (var (name, values) in headers)
        {
            foreach (var value in values) pairs.Add(new(name, value ?? ""));
        }
    }

    protected override void AddValue(string name, string value)
    {
        if (name[0] == ':') ReplaceValue(name, value);
        else headers.Append(name, value);
    }

    protected override void ReplaceValue(string name, string value)
    {
        if (name[0] != ':') headers[name] = value;
        else if (IsStatus(name) && int.TryParse(value, CultureInfo.InvariantCulture, out var code) && code is >= 200 and <= 999) response.StatusCode = code;
    }

    protected override void RemoveValues(string name)
    {
        if (name[0] != ':') headers.Remove(name);
    }

    protected override void RemoveAll() => headers.Clear();

    private string Code() => response.StatusCode == 200 ? "200" : response.StatusCode.ToString(CultureInfo.InvariantCulture);

    private static bool IsStatus(string name) => string.Equals(name, Status, StringComparison.OrdinalIgnoreCase);
}
