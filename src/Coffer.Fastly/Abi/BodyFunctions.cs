using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Abi;

/// <summary>Bodies of requests and responses: those that are read, and those that are sent while they are written.</summary>
internal static class BodyFunctions
{
    private const int Back = 0, Front = 1;

    public static void Define(HostFunctions host)
    {
        host.Is("append", Append);
        host.Is("new", (call, result) =>
        {
            call.Write(result, call.Handles.Add(call.Session.NewBody()));
            return FastlyStatus.Ok;
        });
        host.Is("read", Read);
        host.Is("write", Write);
        host.Is("close", (call, handle) =>
        {
            if (call.Handles.Find<BodyWriter>(handle) is not null) call.Handles.Take<BodyWriter>(handle).Close();
            else call.Handles.Take<Body>(handle).Dispose();
            return FastlyStatus.Ok;
        });
        host.Is("abandon", (call, handle) =>
        {
            if (call.Handles.Find<BodyWriter>(handle) is not null) call.Handles.Take<BodyWriter>(handle).Dispose();
            else call.Handles.Take<Body>(handle).Dispose();
            return FastlyStatus.Ok;
        });
        host.Is("known_length", (call, handle, result) =>
        {
            if (call.Handles.Find<BodyWriter>(handle) is not null) return FastlyStatus.None;
            if (call.Handles.Get<Body>(handle).KnownLength is not { } length) return FastlyStatus.None;
            call.Write(result, length);
            return FastlyStatus.Ok;
        });
        host.Is("trailer_append", (call, handle, name, nameLength, value, valueLength) =>
        {
            var trailers = call.Handles.Find<BodyWriter>(handle)?.Trailers ?? call.Handles.Get<Body>(handle).Trailers;
            return HeaderFunctions.Append(call, trailers, name, nameLength, value, valueLength);
        });
        host.Is("trailer_names_get", (call, handle, buffer, length, cursor, endingTo, writtenTo) =>
            TrailersOf(call, handle) is { } trailers ? HeaderFunctions.Names(call, trailers, buffer, length, cursor, endingTo, writtenTo) : FastlyStatus.Again);
        host.Is("trailer_value_get", (call, handle, name, nameLength, buffer, length, writtenTo) =>
            TrailersOf(call, handle) is { } trailers ? HeaderFunctions.Value(call, trailers, name, nameLength, buffer, length, writtenTo) : FastlyStatus.Again);
        host.Is("trailer_values_get", (call, handle, name, nameLength, buffer, length, cursor, endingTo, writtenTo) =>
            TrailersOf(call, handle) is { } trailers
                ? HeaderFunctions.Values(call, trailers, name, nameLength, buffer, length, cursor, endingTo, writtenTo)
                : FastlyStatus.Again);
    }

    /// <summary>The trailers of a body that was read to its end; null before.</summary>
    private static HeaderList? TrailersOf(HostCall call, int handle)
    {
        if (call.Handles.Find<BodyWriter>(handle) is not null) throw new StatusException(FastlyStatus.InvalidArgument);
        var body = call.Handles.Get<Body>(handle);
        return body.HasEnded ? body.Trailers : null;
    }

    private static FastlyStatus Append(HostCall call, int target, int source)
    {
        if (target == source) return FastlyStatus.BadHandle;
        if (call.Handles.Find<BodyWriter>(target) is not { } writer)
        {
            var body = call.Handles.Get<Body>(target);
            body.Append(call.Handles.Take<Body>(source));
            return FastlyStatus.Ok;
        }

        using var read = call.Handles.Take<Body>(source);
        while (true)
        {
            if (!TryWait(call, read.WhenReadable(), out var status)) return status;
            var bytes = read.Peek();
            if (bytes.IsEmpty) break;
            bytes = bytes[..Math.Min(bytes.Length, BodyWriter.LargestWrite)];
            Write(call, writer, bytes.Span);
            read.Advance(bytes.Length);
        }

        foreach (var (name, value) in read.Trailers.Fields) writer.Trailers.Append(name, value);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Read(HostCall call, int handle, int buffer, int length, int result)
    {
        var body = call.Handles.Get<Body>(handle);
        var room = call.Room(buffer, length);
        if (!TryWait(call, body.WhenReadable(), out var status)) return status;
        var bytes = body.Peek().Span;
        var count = Math.Min(bytes.Length, room.Length);
        bytes[..count].CopyTo(room);
        if (count > 0) body.Advance(count);
        call.Write(result, count);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Write(HostCall call, int handle, int buffer, int length, int end, int result)
    {
        if (end is not (Back or Front)) return FastlyStatus.InvalidArgument;
        var bytes = call.Bytes(buffer, length);
        if (end == Back && call.Handles.Find<BodyWriter>(handle) is { } writer)
        {
            for (var rest = bytes; !rest.IsEmpty;)
            {
                var part = rest[..Math.Min(rest.Length, BodyWriter.LargestWrite)];
                Write(call, writer, part);
                rest = rest[part.Length..];
            }
        }
        else
        {
            var body = call.Handles.Get<Body>(handle);
            if (end == Front) body.PushFront(bytes);
            else body.PushBack(bytes);
        }

        call.Write(result, length);
        return FastlyStatus.Ok;
    }

    private static void Write(HostCall call, BodyWriter writer, ReadOnlySpan<byte> bytes)
    {
        call.Session.Wait.ForEnd(writer.WhenReady());
        if (writer.IsUnread) throw new StatusException(FastlyStatus.Error);
        writer.Write(bytes);
    }

    private static bool TryWait(HostCall call, Task readable, out FastlyStatus status)
    {
        status = FastlyStatus.Ok;
        try
        {
            call.Session.Wait.For(readable);
            return true;
        }
        catch (BodyLimitException limit)
        {
            call.Session.Log.Report(limit.Message);
            status = FastlyStatus.LimitExceeded;
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or HttpRequestException or InvalidDataException or ObjectDisposedException or Stores.CacheException)
        {
            call.Session.Log.Report($"a body could not be read: {failure.Message}");
            status = failure is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } ? FastlyStatus.HttpIncomplete : FastlyStatus.Error;
        }

        return false;
    }
}
