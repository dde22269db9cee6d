using Coffer.Fastly.Caching;
using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>The cache, with and without transactions, and purging.</summary>
internal static class CacheFunctions
{
    private const int MaximumKey = 4096;

    [Flags]
    private enum State : uint
    {
        Found = 1,
        Usable = 2,
        Stale = 4,
        MustInsertOrUpdate = 8,
    }

    [Flags]
    private enum LookupOptions
    {
        RequestHeaders = 2,
        AlwaysUseRequestedRange = 8,
        Known = RequestHeaders | AlwaysUseRequestedRange,
    }

    public static void Define(HostFunctions host)
    {
        host.Is("lookup", (call, key, keyLength, mask, options, result) =>
        {
            var headers = LookupHeaders(call, mask, options);
            call.Write(result, call.Handles.Add(new CacheLookup(Find(call, key, keyLength, headers)) { AlwaysUsesRange = AlwaysUsesRange(mask) }));
            return FastlyStatus.Ok;
        });
        host.Is("insert", (call, key, keyLength, mask, options, result) =>
        {
            var (write, headers) = CacheWriteOptions.Read(call, mask, options, withHeaders: true);
            call.Handles.RequireRoom(1);
            call.Write(result, call.Handles.Add(Writer(call, Insert(call, key, keyLength, write, headers))));
            return FastlyStatus.Ok;
        });
        host.Is("transaction_lookup", (call, key, keyLength, mask, options, result) =>
        {
            call.Handles.RequireRoom(1);
            var lookup = Begin(call, key, keyLength, mask, options);
            Wait(call, lookup);
            call.Write(result, call.Handles.Add(lookup));
            return FastlyStatus.Ok;
        });
        host.Is("transaction_lookup_async", (call, key, keyLength, mask, options, result) =>
        {
            call.Handles.RequireRoom(1);
            call.Write(result, call.Handles.Add(Begin(call, key, keyLength, mask, options)));
            return FastlyStatus.Ok;
        });
        host.Is("cache_busy_handle_wait", (call, handle, result) =>
        {
            var lookup = Ready(call, handle);
            call.Handles.RequireRoom(1);
            call.Write(result, call.Handles.Add(lookup.Move()));
            return FastlyStatus.Ok;
        });
        host.Is("transaction_insert", (call, handle, mask, options, result) =>
        {
            var lookup = Ready(call, handle);
            var (write, _) = CacheWriteOptions.Read(call, mask, options, withHeaders: false);
            call.Handles.RequireRoom(1);
            call.Write(result, call.Handles.Add(Writer(call, lookup.Insert(write))));
            return FastlyStatus.Ok;
        });
        host.Is("transaction_insert_and_stream_back", (call, handle, mask, options, bodyTo, handleTo) =>
        {
            var lookup = Ready(call, handle);
            var (write, _) = CacheWriteOptions.Read(call, mask, options, withHeaders: false);
            call.Handles.RequireRoom(2);
            var fill = lookup.Insert(write);
            call.Write(bodyTo, call.Handles.Add(Writer(call, fill)));
            call.Write(handleTo, call.Handles.Add(new CacheLookup(fill.Object) { AlwaysUsesRange = lookup.AlwaysUsesRange }));
            return FastlyStatus.Ok;
        });
        host.Is("transaction_update", (call, handle, mask, options) =>
        {
            var lookup = Ready(call, handle);
            lookup.Update(CacheWriteOptions.Read(call, mask, options, withHeaders: false).Write);
            return FastlyStatus.Ok;
        });
        host.Is("transaction_cancel", (call, handle) => Ready(call, handle).Cancel() ? FastlyStatus.Ok : FastlyStatus.BadHandle);
        host.Is("close_busy", Close);
        host.Is("close", Close);
        host.Is("get_state", GetState);
        host.Is("get_user_metadata", (call, handle, buffer, length, writtenTo) =>
            Ready(call, handle).Found is { } found ? call.Give(found.Write.Metadata.Span, buffer, length, writtenTo) : FastlyStatus.None);
        host.Is("get_body", GetBody);
        Number(host, "get_length", found => found.Length);
        Number(host, "get_max_age_ns", found => Nanoseconds(found.Write.MaxAge));
        Number(host, "get_stale_while_revalidate_ns", found => Nanoseconds(found.Write.StaleWhileRevalidate));
        Number(host, "get_age_ns", found => Nanoseconds(found.Age));
        Number(host, "get_hits", found => found.Hits);
    }

    public static void DefinePurge(HostFunctions host) => host.Is("purge_surrogate_key", (call, key, keyLength, mask, _) =>
    {
        const int soft = 1;
        if ((mask & ~soft) != 0) return FastlyStatus.Unsupported;
        var text = call.Text(key, keyLength, MaximumKey);
        if (!CacheWriteOptions.IsSurrogateKey(text)) return FastlyStatus.InvalidArgument;
        call.Session.Application.Cache.Purge(text, (mask & soft) != 0);
        return FastlyStatus.Ok;
    });

    private static bool AlwaysUsesRange(int mask) => ((LookupOptions)mask & LookupOptions.AlwaysUseRequestedRange) != 0;

    private static Func<string, string?>? LookupHeaders(HostCall call, int mask, int options)
    {
        if (((LookupOptions)mask & ~LookupOptions.Known) != 0) throw new StatusException(FastlyStatus.Unsupported);
        return ((LookupOptions)mask & LookupOptions.RequestHeaders) != 0 ? CacheWriteOptions.HeadersOf(call, options) : null;
    }

    private static ReadOnlySpan<byte> Key(HostCall call, int key, int length) =>
        (uint)length > MaximumKey ? throw new StatusException(FastlyStatus.InvalidArgument) : call.Bytes(key, length);

    private static CachedObject? Find(HostCall call, int key, int length, Func<string, string?>? headers)
    {
        try
        {
            return call.Session.Application.Cache.Lookup(Key(call, key, length), headers);
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    private static CacheFill Insert(HostCall call, int key, int length, CacheWrite write, Func<string, string?>? headers)
    {
        try
        {
            return call.Session.Application.Cache.Insert(Key(call, key, length), write, headers);
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    private static CacheLookup Begin(HostCall call, int key, int length, int mask, int options)
    {
        var headers = LookupHeaders(call, mask, options);
        var bytes = Key(call, key, length).ToArray();
        var cache = call.Session.Application.Cache;
        try
        {
            return new CacheLookup(cancellation => cache.BeginAsync(bytes, headers, cancellation)) { AlwaysUsesRange = AlwaysUsesRange(mask) };
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    private static CacheBodyWriter Writer(HostCall call, CacheFill fill) => new CacheBodyWriter(fill, call.Session.Budget.MaximumTrailerBytes);

    private static void Wait(HostCall call, CacheLookup lookup)
    {
        try
        {
            call.Session.Wait.For(lookup.WhenReady());
        }
        catch (CacheException failure)
        {
            throw CacheStatus.Of(failure);
        }
    }

    private static CacheLookup Ready(HostCall call, int handle)
    {
        var lookup = call.Handles.Get<CacheLookup>(handle);
        if (lookup.IsMoved) throw new StatusException(FastlyStatus.BadHandle);
        Wait(call, lookup);
        return lookup;
    }

    private static FastlyStatus Close(HostCall call, int handle)
    {
        call.Handles.Take<CacheLookup>(handle).Dispose();
        return FastlyStatus.Ok;
    }

    private static FastlyStatus GetState(HostCall call, int handle, int result)
    {
        var lookup = Ready(call, handle);
        var state = default(State);
        // What is found is usable: libraries look at one or the other.
        if (lookup.Found is { IsUsable: true } found) state |= State.Found | State.Usable | (found.IsFresh ? 0 : State.Stale);
        if (lookup.MustFill) state |= State.MustInsertOrUpdate;
        call.Write(result, (uint)state);
        return FastlyStatus.Ok;
    }

    private static FastlyStatus GetBody(HostCall call, int handle, int mask, int options, int result)
    {
        const int withFrom = 2, withTo = 4;
        if ((mask & ~(withFrom | withTo)) != 0) return FastlyStatus.Unsupported;
        var from = (mask & withFrom) != 0 ? (ulong?)call.ReadU64(options) : null;
        var to = (mask & withTo) != 0 ? (ulong?)call.ReadU64(options + 8) : null;
        var lookup = Ready(call, handle);
        if (lookup.Found is not { } found) return FastlyStatus.None;
        if (lookup.LastBody != 0 && call.Handles.Find<Body>(lookup.LastBody) is not null) return FastlyStatus.BadHandle;
        call.Handles.RequireRoom(1);
        var (start, end) = RangeOf(found, from, to, lookup.AlwaysUsesRange);
        var length = found.Length is { } all ? Math.Max(0, Math.Min(end ?? all, all) - start) : (long?)null;
        var body = Body.Of(call.Session.Budget, new BodySource(new CachedBodyStream(found, start, end), length));
        lookup.LastBody = (int)call.Handles.Add(body);
        call.Write(result, lookup.LastBody);
        return FastlyStatus.Ok;
    }

    /// <summary>
    /// The first byte and the one behind the last. Like those of HTTP, ranges include their end; what is no range of the
    /// body is all of it, and so is any where the length is not known, unless the guest has said otherwise.
    /// </summary>
    private static (long Start, long? End) RangeOf(CachedObject found, ulong? from, ulong? to, bool always)
    {
        if (from is null && to is null) return (0, null);
        if (found.Length is not { } length)
        {
            if (!always || from is null || to < from) return (0, null);
            return ((long)Math.Min(from.Value, long.MaxValue), to is { } open ? (long)Math.Min(open, long.MaxValue - 1) + 1 : null);
        }

        if (from is not { } first)
        {
            // The last bytes.
            return to is > 0 && to <= (ulong)length ? (length - (long)to.Value, length) : (0, null);
        }

        var last = to ?? (ulong)Math.Max(0, length - 1);
        return first > last || last >= (ulong)length ? (0, null) : ((long)first, (long)last + 1);
    }

    private static void Number(HostFunctions host, string name, Func<CachedObject, long?> value) => host.Is(name, (call, handle, result) =>
    {
        if (Ready(call, handle).Found is not { } found || value(found) is not { } number) return FastlyStatus.None;
        call.Write(result, number);
        return FastlyStatus.Ok;
    });

    private static long Nanoseconds(TimeSpan time) => time.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : time.Ticks * TimeSpan.NanosecondsPerTick;
}
