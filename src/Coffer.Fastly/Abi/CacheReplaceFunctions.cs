namespace Coffer.Fastly.Abi;

/// <summary>Replacing objects of the cache, which is not offered.</summary>
internal static class CacheReplaceFunctions
{
    public static void Define(HostFunctions host)
    {
        host.IsUnsupported("replace", 5);
        host.IsUnsupported("replace_insert", 4);
        host.IsUnsupported("replace_get_body", 4);
        host.IsUnsupported("replace_get_user_metadata", 4);
        foreach (var name in new[] { "age_ns", "hits", "length", "max_age_ns", "stale_while_revalidate_ns", "state" })
        {
            host.IsUnsupported($"replace_get_{name}", 2);
        }
    }
}
