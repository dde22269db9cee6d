using System.Text;

namespace Coffer.Fastly.Abi;

/// <summary>Log endpoints.</summary>
internal static class LogFunctions
{
    private const int MaximumName = 255;

    private sealed record Endpoint(string Name);

    public static void Define(HostFunctions host)
    {
        host.Is("endpoint_get", (call, name, nameLength, result) =>
        {
            if ((uint)nameLength > MaximumName) return FastlyStatus.InvalidArgument;
            var text = Encoding.UTF8.GetString(call.Bytes(name, nameLength));
            if (IsReserved(text)) return FastlyStatus.InvalidArgument;
            call.Write(result, call.Session.Open("log", text, new Endpoint(text)));
            return FastlyStatus.Ok;
        });
        host.Is("write", (call, handle, message, length, result) =>
        {
            var endpoint = call.Handles.Get<Endpoint>(handle);
            call.Session.Log.Write(endpoint.Name, call.Bytes(message, length));
            call.Write(result, length);
            return FastlyStatus.Ok;
        });
    }

    // What is printed has these names.
    private static bool IsReserved(string name) =>
        name.Equals("stdout", StringComparison.OrdinalIgnoreCase) || name.Equals("stderr", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("fst_managed_", StringComparison.OrdinalIgnoreCase);
}
