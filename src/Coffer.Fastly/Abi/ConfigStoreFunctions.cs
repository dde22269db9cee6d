using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>Configuration stores, which were dictionaries once: the same functions under two names.</summary>
internal static class ConfigStoreFunctions
{
    private const int MaximumName = 1024;

    public static void Define(HostFunctions host)
    {
        host.Is("open", (call, name, nameLength, result) =>
        {
            var text = call.Text(name, nameLength, MaximumName);
            if (!call.Session.Application.Configuration.ConfigStores.TryGetValue(text, out var store)) return FastlyStatus.BadHandle;
            call.Write(result, call.Session.Open("config", text, store));
            return FastlyStatus.Ok;
        });
        host.Is("get", (call, handle, key, keyLength, buffer, length, writtenTo) =>
        {
            var store = call.Handles.Get<ConfigStore>(handle);
            return store.Get(call.Text(key, keyLength, MaximumName)) is { } value ? call.Give(value, buffer, length, writtenTo) : FastlyStatus.None;
        });
    }
}
