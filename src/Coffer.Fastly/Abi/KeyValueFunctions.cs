using System.Buffers;
using System.Text.Json;
using Coffer.Fastly.Messages;
using Coffer.Fastly.Running;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>Key-value stores, every operation of which is begun first and waited for later.</summary>
internal static class KeyValueFunctions
{
    // The bits of the masks.
    private const int KnownInsertOptions = 0b11_1111, WithMetadata = 1 << 3, WithTimeToLive = 1 << 4, WithGeneration = 1 << 5;
    private const int KnownListOptions = 0b1111, WithCursor = 1 << 1, WithLimit = 1 << 2, WithPrefix = 1 << 3;
    private const int DefaultLimit = 100, MaximumText = 4096;

    private enum InsertMode
    {
        Overwrite = 0,
        Add = 1,
        Append = 2,
        Prepend = 3,
    }

    public static void Define(HostFunctions host)
    {
        host.Is("open", KeyValueOperations.Open);
        host.Is("lookup", (call, store, key, keyLength, _, _, result) =>
        {
            call.Write(result, HandleTable.Invalid);
            call.Write(result, call.Handles.Add(KeyValueOperations.Lookup(call, store, key, keyLength)));
            return FastlyStatus.Ok;
        });
        host.Is("lookup_wait", (call, handle, bodyTo, metadata, length, writtenTo, generationTo, errorTo) =>
            LookupWait(call, handle, bodyTo, metadata, length, writtenTo, errorTo, _ => call.Write(generationTo, 0U)));
        host.Is("lookup_wait_v2", (call, handle, bodyTo, metadata, length, writtenTo, generationTo, errorTo) =>
            LookupWait(call, handle, bodyTo, metadata, length, writtenTo, errorTo, generation => call.Write(generationTo, generation)));
        host.Is("insert", Insert);
        host.Is("insert_wait", (call, handle, errorTo) =>
        {
            call.Write(errorTo, (int)KeyValueError.Uninitialized);
            var error = KeyValueOperations.Wait(call, call.Handles.Take<PendingInsert>(handle), out var generation);
            call.Write(errorTo, (int)(error == KeyValueError.Ok && generation is null ? KeyValueError.PreconditionFailed : error));
            return FastlyStatus.Ok;
        });
        host.Is("delete", (call, store, key, keyLength, _, _, result) =>
        {
            call.Write(result, HandleTable.Invalid);
            call.Write(result, call.Handles.Add(KeyValueOperations.Delete(call, store, key, keyLength)));
            return FastlyStatus.Ok;
        });
        host.Is("delete_wait", (call, handle, errorTo) =>
        {
            call.Write(errorTo, (int)KeyValueError.Uninitialized);
            call.Write(errorTo, (int)KeyValueOperations.Wait(call, call.Handles.Take<PendingDelete>(handle), out _));
            return FastlyStatus.Ok;
        });
        host.Is("list", List);
        host.Is("list_wait", ListWait);
    }

    private static FastlyStatus LookupWait(
        HostCall call, int handle, int bodyTo, int metadata, int length, int writtenTo, int errorTo, Action<ulong> writeGeneration)
    {
        call.Write(errorTo, (int)KeyValueError.Uninitialized);
        call.Write(bodyTo, HandleTable.Invalid);
        var error = KeyValueOperations.Wait(call, call.Handles.Take<PendingLookup>(handle), out var entry);
        if (error == KeyValueError.Ok && entry is null) error = KeyValueError.NotFound;
        if (entry is not null)
        {
            call.Write(bodyTo, call.Handles.Add(Body.Of(call.Session.Budget, entry.Value.Span)));
            var status = call.Give(entry.Metadata.Span, metadata, length, writtenTo);
            if (status != FastlyStatus.Ok) return status;
            writeGeneration((ulong)entry.Generation);
        }

        call.Write(errorTo, (int)error);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus Insert(HostCall call, int store, int key, int keyLength, int body, int mask, int options, int result)
    {
        // mode, unused, metadata and its length, time to live, and (aligned) a generation.
        call.Room(options, 32);
        if ((mask & ~KnownInsertOptions) != 0) return FastlyStatus.InvalidArgument;
        var mode = (InsertMode)call.ReadU32(options);
        if (mode > InsertMode.Prepend) return FastlyStatus.InvalidArgument;
        var put = new KeyValuePut
        {
            IfAbsent = mode == InsertMode.Add,
            Mode = mode == InsertMode.Append ? KeyValuePutMode.Append : mode == InsertMode.Prepend ? KeyValuePutMode.Prepend : KeyValuePutMode.Replace,
        };
        if ((mask & WithMetadata) != 0)
        {
            var length = (int)call.ReadU32(options + 12);
            if (length == 0) return FastlyStatus.InvalidArgument;
            put = put with { Metadata = System.Text.Encoding.UTF8.GetBytes(call.Text((int)call.ReadU32(options + 8), length, MaximumText)) };
        }

        if ((mask & WithTimeToLive) != 0)
        {
            var seconds = call.ReadU32(options + 16);
            put = put with { TimeToLive = seconds == 0 ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(seconds) };
        }

        // A generation that is no number of ours is none that the key could have.
        if ((mask & WithGeneration) != 0) put = put with { IfGeneration = (long)Math.Min(call.ReadU64(options + 24), long.MaxValue) };
        call.Write(result, HandleTable.Invalid);
        call.Write(result, call.Handles.Add(KeyValueOperations.Insert(call, store, key, keyLength, body, put)));
        return FastlyStatus.Ok;
    }

    private static FastlyStatus List(HostCall call, int store, int mask, int options, int result)
    {
        // mode, cursor and its length, limit, prefix and its length.
        call.Room(options, 24);
        if ((mask & ~KnownListOptions) != 0) return FastlyStatus.InvalidArgument;
        if (call.ReadU32(options) > 1) return FastlyStatus.InvalidArgument;
        var target = call.Handles.Get<KeyValueStore>(store);
        var cursor = (mask & WithCursor) != 0 ? TextOf(call, options + 4) : null;
        var prefix = (mask & WithPrefix) != 0 ? TextOf(call, options + 16) : null;
        var limit = (mask & WithLimit) != 0 ? (int)Math.Clamp(call.ReadU32(options + 12), 1, KeyValueQuery.MaximumLimit) : DefaultLimit;
        var query = new KeyValueQuery { Cursor = cursor, Prefix = prefix ?? "", Limit = limit };
        call.Write(result, HandleTable.Invalid);
        var cancellation = call.Session.Cancellation;
        var task = KeyValueOperations.Begin(() => target.ListAsync(query, cancellation));
        call.Write(result, call.Handles.Add(new PendingList(task, prefix, limit)));
        return FastlyStatus.Ok;
    }

    private static string TextOf(HostCall call, int field)
    {
        var length = (int)call.ReadU32(field + 4);
        return length == 0 ? throw new StatusException(FastlyStatus.InvalidArgument) : call.Text((int)call.ReadU32(field), length, MaximumText);
    }

    private static FastlyStatus ListWait(HostCall call, int handle, int bodyTo, int errorTo)
    {
        call.Write(errorTo, (int)KeyValueError.Uninitialized);
        call.Write(bodyTo, HandleTable.Invalid);
        var pending = call.Handles.Take<PendingList>(handle);
        var error = KeyValueOperations.Wait(call, pending, out var page);
        if (page is not null) call.Write(bodyTo, call.Handles.Add(Body.Of(call.Session.Budget, JsonOf(pending, page))));
        call.Write(errorTo, (int)error);
        return FastlyStatus.Ok;
    }

    private static ReadOnlySpan<byte> JsonOf(PendingList pending, KeyValuePage page)
    {
        var text = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(text);
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var key in page.Keys) json.WriteStringValue(key);
        json.WriteEndArray();
        json.WriteStartObject("meta");
        json.WriteNumber("limit", pending.Limit);
        if (pending.Prefix is { } prefix) json.WriteString("prefix", prefix);
        if (page.Cursor is { } cursor) json.WriteString("next_cursor", cursor);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return text.WrittenSpan;
    }
}
