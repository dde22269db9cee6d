using System.Buffers;
using Coffer.Fastly.Messages;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>What became of an operation of a key-value store; the numbers are the ABI's (<c>kv_error</c>).</summary>
internal enum KeyValueError
{
    Uninitialized = 0,
    Ok = 1,
    BadRequest = 2,
    NotFound = 3,
    PreconditionFailed = 4,
    PayloadTooLarge = 5,
    InternalError = 6,
    TooManyRequests = 7,
}

/// <summary>An operation of a key-value store that was begun, by its kind and what it gives.</summary>
internal abstract class PendingKeyValue<T>(Task<T> task) : IAsyncItem
{
    public Task<T> Task => task;

    public Task WhenReady() => task;
}

internal sealed class PendingLookup(Task<KeyValueEntry?> task) : PendingKeyValue<KeyValueEntry?>(task);

internal sealed class PendingInsert(Task<long?> task) : PendingKeyValue<long?>(task);

internal sealed class PendingDelete(Task<bool> task) : PendingKeyValue<bool>(task);

internal sealed class PendingList(Task<KeyValuePage> task, string? prefix, int limit) : PendingKeyValue<KeyValuePage>(task)
{
    public string? Prefix => prefix;

    public int Limit => limit;
}

/// <summary>What the two ABIs of key-value stores have in common.</summary>
internal static class KeyValueOperations
{
    private const int MaximumName = 1024;
    private static readonly SearchValues<char> Refused = SearchValues.Create("\r\n#;?^|\0");

    public static FastlyStatus Open(HostCall call, int name, int nameLength, int result)
    {
        var text = call.Text(name, nameLength, MaximumName);
        if (!call.Session.Application.KeyValueStores.TryGetValue(text, out var store)) return FastlyStatus.InvalidArgument;
        call.Write(result, call.Session.Open("kv", text, store));
        return FastlyStatus.Ok;
    }

    /// <summary>A key that Fastly's stores take; their rules are narrower than those of the stores here.</summary>
    public static string Key(HostCall call, int key, int length)
    {
        var text = call.Text(key, length, MaximumName);
        var isBad = text.Length == 0 || text.StartsWith(".well-known/acme-challenge", StringComparison.Ordinal)
            || text.AsSpan().ContainsAny(Refused)
            || text is "." or ".." || text.Contains("./", StringComparison.Ordinal) || text.EndsWith("/.", StringComparison.Ordinal) || text.EndsWith("/..", StringComparison.Ordinal)
            || text is [<= ' '] or ['\uFFFE' or '\uFFFF'];
        return isBad ? throw new StatusException(FastlyStatus.InvalidArgument) : text;
    }

    public static PendingLookup Lookup(HostCall call, int store, int key, int length)
    {
        var target = call.Handles.Get<KeyValueStore>(store);
        var name = Key(call, key, length);
        var cancellation = call.Session.Cancellation;
        return new PendingLookup(Begin(() => target.GetAsync(name, cancellation)));
    }

    public static PendingInsert Insert(HostCall call, int store, int key, int length, int body, KeyValuePut put)
    {
        var target = call.Handles.Get<KeyValueStore>(store);
        var name = Key(call, key, length);
        using var content = call.Handles.Take<Body>(body);
        var bytes = ReadAll(call, content, target.Limits.ValueBytes);
        var cancellation = call.Session.Cancellation;
        return new PendingInsert(Begin(() => target.PutAsync(name, bytes, put, cancellation)));
    }

    public static PendingDelete Delete(HostCall call, int store, int key, int length)
    {
        var target = call.Handles.Get<KeyValueStore>(store);
        var name = Key(call, key, length);
        var cancellation = call.Session.Cancellation;
        return new PendingDelete(Begin(() => target.DeleteAsync(name, null, cancellation)));
    }

    /// <summary>Begins an operation. What the store refuses at once is told by waiting, as what it refuses later.</summary>
    public static Task<T> Begin<T>(Func<ValueTask<T>> operation)
    {
        try
        {
            return operation().AsTask();
        }
        catch (KeyValueException failure)
        {
            return Task.FromException<T>(failure);
        }
    }

    /// <summary>Waits for an operation, and tells how it failed.</summary>
    public static KeyValueError Wait<T>(HostCall call, PendingKeyValue<T> pending, out T? result)
    {
        result = default;
        try
        {
            result = call.Session.Wait.For(pending.Task);
            return KeyValueError.Ok;
        }
        catch (KeyValueException failure)
        {
            call.Session.Log.Report($"key-value store: {failure.Message}");
            return failure.Failure switch
            {
                KeyValueFailure.InvalidKey or KeyValueFailure.InvalidArgument => KeyValueError.BadRequest,
                KeyValueFailure.ValueTooLarge or KeyValueFailure.MetadataTooLarge => KeyValueError.PayloadTooLarge,
                _ => KeyValueError.InternalError,
            };
        }
    }

    private static byte[] ReadAll(HostCall call, Body body, int maximum)
    {
        using var all = new MemoryStream();
        while (true)
        {
            try
            {
                call.Session.Wait.For(body.WhenReadable());
            }
            catch (Exception failure) when (failure is IOException or TimeoutException or HttpRequestException or CacheException)
            {
                throw new StatusException(FastlyStatus.Error);
            }

            var bytes = body.Peek();
            if (bytes.IsEmpty) return all.ToArray();
            if (all.Length + bytes.Length > maximum) throw new StatusException(FastlyStatus.LimitExceeded);
            all.Write(bytes.Span);
            body.Advance(bytes.Length);
        }
    }
}
