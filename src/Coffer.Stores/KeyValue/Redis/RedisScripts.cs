using System.Reflection;

namespace Coffer.Stores;

/// <summary>The scripts that a server of Redis runs, each as one step. It knows them by their digests after the first time.</summary>
internal static class RedisScripts
{
    public static string Get { get; } = Read("get");

    public static string Put { get; } = Read("put");

    public static string Delete { get; } = Read("delete");

    public static string List { get; } = Read("list");

    public static string Usage { get; } = Read("usage");

    private static string Read(string name) => Text("prelude") + "\n" + Text(name);

    private static string Text(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name + ".lua")!);
        return reader.ReadToEnd();
    }
}
