using Coffer.Capabilities.Files;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>What reading and writing of files must come to.</summary>
internal static class ModelTransfers
{
    /// <summary>Does a call; null when it is another one.</summary>
    public static Expectation? Do(WasiCall call, Mistakes mistakes, byte[] memory, Errno actual) => call.Name switch
    {
        "fd_read" => Read(mistakes, ModelRights.Read, null, resultIndex: 3),
        "fd_pread" => Read(mistakes, ModelRights.Read | ModelRights.Seek, call.Arguments[3], resultIndex: 4),
        "fd_write" => Write(mistakes, memory, actual, ModelRights.Write, null, resultIndex: 3),
        "fd_pwrite" => Write(
            mistakes, memory, actual, ModelRights.Write | ModelRights.Seek, call.Arguments[3], resultIndex: 4),
        _ => null,
    };

    private static Expectation Read(Mistakes mistakes, ulong rights, long? at, int resultIndex)
    {
        var file = mistakes.File(0, rights);
        var buffers = mistakes.Buffers(1);
        mistakes.If(at < 0, Errno.Invalid);
        var result = mistakes.Output(resultIndex, 4);
        if (mistakes.Any) return mistakes.Expected;
        var content = file!.Node!.Content;
        var position = at ?? file.Position;
        var expected = Expectation.Of(Errno.Success);
        var total = 0U;
        foreach (var (start, length) in buffers)
        {
            if (!Mistakes.IsInside(start, length))
            {
                if (total == 0) return Expectation.Of(Errno.Fault);
                break;
            }

            var count = (int)Math.Clamp(content.Length - position, 0, length);
            if (count > 0) expected.Writes(start, content.AsSpan((int)position, count));
            total += (uint)count;
            position += count;
            if (count < length) break;
        }

        if (at is null) file.Position = position;
        return expected.Writes(result, total);
    }

    private static Expectation Write(
        Mistakes mistakes, byte[] memory, Errno actual, ulong rights, long? at, int resultIndex)
    {
        var file = mistakes.File(0, rights);
        var buffers = mistakes.Buffers(1);
        mistakes.If(at < 0, Errno.Invalid);
        var result = mistakes.Output(resultIndex, 4);
        if (mistakes.Any) return mistakes.Expected;
        var node = file!.Node!;
        var position = at ?? file.Position;
        var total = 0U;
        foreach (var (start, length) in buffers)
        {
            if (!Mistakes.IsInside(start, length))
            {
                if (total == 0) return Expectation.Of(Errno.Fault);
                break;
            }

            if (length == 0) continue;
            // A file system may take so long a file, or not; the model does not. Nor does it know whether a place
            // that does not count is looked at.
            if (position > ModelFiles.Huge)
            {
                return actual == Errno.Success
                    ? Expectation.LastSuccess().WritesSomething(result, 4)
                    : Expectation.Of(ModelFiles.TooHuge);
            }

            if (file.Appends) position = node.Content.Length;
            node.Write(memory.AsSpan((int)start, (int)length), (int)position);
            total += (uint)length;
            position += length;
        }

        if (at is null) file.Position = position;
        return Expectation.Of(Errno.Success).Writes(result, total);
    }
}
