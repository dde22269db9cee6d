using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Abi;

/// <summary>Waiting for the first of several things.</summary>
internal static class AsyncFunctions
{
    private const uint TimedOut = uint.MaxValue;

    public static void Define(HostFunctions host)
    {
        host.Is("select", (call, handles, count, milliseconds, result) =>
        {
            var numbers = call.Handles32(handles, count);
            if (numbers.Length == 0 && milliseconds == 0) return FastlyStatus.InvalidArgument;
            var tasks = new Task[numbers.Length];
            for (var i = 0; i < tasks.Length; i++) tasks[i] = call.Handles.Get<IAsyncItem>((int)numbers[i]).WhenReady();
            var index = Array.FindIndex(tasks, task => task.IsCompleted);
            if (index < 0)
            {
                call.Session.Wait.ForAny(tasks, milliseconds == 0 ? null : TimeSpan.FromMilliseconds((uint)milliseconds));
                index = Array.FindIndex(tasks, task => task.IsCompleted);
            }

            call.Write(result, index < 0 ? TimedOut : (uint)index);
            return FastlyStatus.Ok;
        });
        host.Is("is_ready", (call, handle, result) =>
        {
            call.Write(result, call.Handles.Get<IAsyncItem>(handle).WhenReady().IsCompleted);
            return FastlyStatus.Ok;
        });
    }
}
