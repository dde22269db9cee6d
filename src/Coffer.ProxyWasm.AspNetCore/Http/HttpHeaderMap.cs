using Coffer.ProxyWasm.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Coffer.ProxyWasm.AspNetCore.Http;

/// <summary>The headers or trailers of a request or a response of ASP.NET, as they are: changes are changes of those.</summary>
internal sealed class HttpHeaderMap(IHeaderDictionary headers) : HeaderMap
{
    public override int Count => headers.Count;

    public override bool IsWritable => !headers.IsReadOnly;

    public override string? Find(string name) => headers.TryGetValue(name, out var values) ? Join(values) : null;

    public override void CopyTo(List<KeyValuePair<string, string>> pairs)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values) pairs.Add(new(name, value ?? ""));
        }
    }

    protected override void AddValue(string name, string value) => headers.Append(name, value);

    protected override void ReplaceValue(string name, string value) => headers[name] = value;

    protected override void RemoveValues(string name) => headers.Remove(name);

    protected override void RemoveAll() => headers.Clear();

    /// <summary>All values of a name as one.</summary>
    public static string? Join(StringValues values) => values.Count == 1 ? values[0] : string.Join(',', values.AsEnumerable());
}
