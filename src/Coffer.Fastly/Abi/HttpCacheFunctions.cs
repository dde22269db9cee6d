namespace Coffer.Fastly.Abi;

/// <summary>
/// The cache of HTTP responses and the image optimizer, which are not offered: libraries learn that from their first call and
/// send requests without.
/// </summary>
internal static class HttpCacheFunctions
{
    public static void Define(HostFunctions host)
    {
        foreach (var name in new[] { "transaction_choose_stale", "transaction_abandon", "close" }) host.IsUnsupported(name, 1);
        host.IsUnsupported("is_request_cacheable", 2);
        host.IsUnsupported("get_suggested_backend_request", 2);
        foreach (var name in new[] { "state", "length", "max_age_ns", "stale_while_revalidate_ns", "stale_if_error_ns", "age_ns", "hits", "sensitive_data" })
        {
            host.IsUnsupported($"get_{name}", 2);
        }

        host.IsUnsupported("transaction_record_not_cacheable", 3);
        foreach (var name in new[]
        {
            "get_suggested_cache_key", "lookup", "transaction_lookup", "transaction_update", "prepare_response_for_storage", "get_found_response",
            "get_surrogate_keys", "get_vary_rule",
        })
        {
            host.IsUnsupported(name, 4);
        }

        host.IsUnsupported("transaction_insert", 5);
        host.IsUnsupported("transaction_update_and_return_fresh", 5);
        host.IsUnsupported("transaction_insert_and_stream_back", 6);
        host.IsUnsupported("get_suggested_cache_options", 6);
    }

    public static void DefineImages(HostFunctions host) => host.IsUnsupported("transform_image_optimizer_request", 9);
}
