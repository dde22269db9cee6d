using System.Runtime.ExceptionServices;

namespace Coffer.Cli.Running;

/// <summary>
/// Runs guests on a thread of their own, so that how deep they may call does not depend on how the process was started.
/// </summary>
internal static class GuestThread
{
    /// <summary>The stack when nothing else is asked for.</summary>
    public const ulong DefaultStackBytes = 16 << 20;

    // What the engine keeps free for the host at the end of the stack, and more.
    private const ulong HostReserve = 1 << 20;

    /// <summary>Runs an action to its end and passes its exception on.</summary>
    public static T Run<T>(ulong stackBytes, Func<T> action)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    result = action();
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            },
            (int)Math.Min(stackBytes + HostReserve, int.MaxValue & ~0xFFFF))
        {
            Name = "guest",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }
}
