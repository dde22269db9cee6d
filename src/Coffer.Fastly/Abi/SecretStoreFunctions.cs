using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>Secrets.</summary>
internal static class SecretStoreFunctions
{
    private const int MaximumName = 1024;

    public static void Define(HostFunctions host)
    {
        host.Is("open", (call, name, nameLength, result) =>
        {
            var text = call.Text(name, nameLength, MaximumName);
            if (!call.Session.Application.Configuration.SecretStores.TryGetValue(text, out var store)) return FastlyStatus.None;
            call.Write(result, call.Session.Open("secrets", text, store));
            return FastlyStatus.Ok;
        });
        host.Is("get", (call, handle, name, nameLength, result) =>
        {
            var store = call.Handles.Get<SecretStore>(handle);
            var text = call.Text(name, nameLength, MaximumName);
            if (store.Get(text) is not { } secret) return FastlyStatus.None;
            call.Write(result, call.Session.Open($"secret/{handle}", text, secret));
            return FastlyStatus.Ok;
        });
        host.Is("plaintext", (call, handle, buffer, length, writtenTo) =>
            call.Give(call.Handles.Get<Secret>(handle).Reveal(), buffer, length, writtenTo));
        host.Is("from_bytes", (call, buffer, length, result) =>
        {
            var bytes = call.Bytes(buffer, length);
            if (bytes.Length > SecretStore.ValueBytes) return FastlyStatus.LimitExceeded;
            call.Write(result, call.Handles.Add(new Secret(bytes)));
            return FastlyStatus.Ok;
        });
    }
}
