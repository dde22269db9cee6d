namespace Coffer.Plugins.Typed;

/// <summary>A plugin has said that its call fails, and why. Passes through the plugin's own frames.</summary>
internal sealed class PluginErrorException(string message) : Exception(message);

/// <summary>The function by which plugins with typed calls fail: it does not return.</summary>
internal static class PluginErrors
{
    private const int LongestMessage = 64 << 10;

    public static void AddTo(Linker linker) => linker.DefineLazily(
        PluginMemory.Module, "error",
        () => (Caller caller, int offset, int length) =>
        {
            // The message is cut, and not the call ended: it has ended already.
            var text = caller.Memory.ReadUtf8((uint)offset, (int)Math.Min((uint)length, LongestMessage));
            throw new PluginErrorException(text);
        });
}
