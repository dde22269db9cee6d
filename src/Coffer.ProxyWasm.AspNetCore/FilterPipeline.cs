using Coffer.ProxyWasm.AspNetCore.Http;
using Coffer.ProxyWasm.AspNetCore.HttpWasm;
using Coffer.ProxyWasm.HttpWasm;
using Microsoft.AspNetCore.Http;

namespace Coffer.ProxyWasm.AspNetCore;

/// <summary>Takes a request through filters of both ABIs, in their order.</summary>
internal static class FilterPipeline
{
    public static Task RunAsync(HttpContext context, IReadOnlyList<FilterSlot> filters, HostProperties host, RequestDelegate next)
    {
        var split = 0;
        while (split < filters.Count && filters[split].Current is Filter) split++;
        if (split == filters.Count) return new FilteredExchange(context, filters, host).RunAsync(next);
        var handler = filters[split];
        FilterSlot[] behind = [.. filters.Skip(split + 1)];
        RequestDelegate rest = behind.Length == 0 ? next : inner => RunAsync(inner, behind, host, next);
        RequestDelegate handled = inner => new HandledExchange(inner, (HttpWasmFilter)handler.Current).RunAsync(rest);
        return split == 0 ? handled(context) : new FilteredExchange(context, [.. filters.Take(split)], host).RunAsync(handled);
    }
}
