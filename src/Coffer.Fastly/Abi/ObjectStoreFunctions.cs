using Coffer.Fastly.Messages;
using Coffer.Fastly.Running;
using Coffer.Stores;

namespace Coffer.Fastly.Abi;

/// <summary>Key-value stores by their first ABI, which knows neither metadata nor generations.</summary>
internal static class ObjectStoreFunctions
{
    public static void Define(HostFunctions host)
    {
        host.Is("open", KeyValueOperations.Open);
        host.Is("lookup", (call, store, key, keyLength, bodyTo) => Give(call, KeyValueOperations.Lookup(call, store, key, keyLength), bodyTo));
        host.Is("lookup_async", (call, store, key, keyLength, result) =>
        {
            call.Write(result, HandleTable.Invalid);
            call.Write(result, call.Handles.Add(KeyValueOperations.Lookup(call, store, key, keyLength)));
            return FastlyStatus.Ok;
        });
        host.Is("pending_lookup_wait", (call, handle, bodyTo) => Give(call, call.Handles.Take<PendingLookup>(handle), bodyTo));
        host.Is("insert", (call, store, key, keyLength, body) =>
            StatusOf(KeyValueOperations.Wait(call, KeyValueOperations.Insert(call, store, key, keyLength, body, KeyValuePut.Default), out _)));
        host.Is("insert_async", (call, store, key, keyLength, body, result) =>
        {
            call.Write(result, HandleTable.Invalid);
            call.Write(result, call.Handles.Add(KeyValueOperations.Insert(call, store, key, keyLength, body, KeyValuePut.Default)));
            return FastlyStatus.Ok;
        });
        host.Is("pending_insert_wait", (call, handle) => StatusOf(KeyValueOperations.Wait(call, call.Handles.Take<PendingInsert>(handle), out _)));
        host.Is("delete_async", (call, store, key, keyLength, result) =>
        {
            call.Write(result, HandleTable.Invalid);
            call.Write(result, call.Handles.Add(KeyValueOperations.Delete(call, store, key, keyLength)));
            return FastlyStatus.Ok;
        });
        host.Is("pending_delete_wait", (call, handle) =>
        {
            var error = KeyValueOperations.Wait(call, call.Handles.Take<PendingDelete>(handle), out var wasThere);
            return error == KeyValueError.Ok && !wasThere ? FastlyStatus.None : StatusOf(error);
        });
    }

    // What is not there leaves the place of the handle as it was.
    private static FastlyStatus Give(HostCall call, PendingLookup pending, int bodyTo)
    {
        var error = KeyValueOperations.Wait(call, pending, out var entry);
        if (entry is not null) call.Write(bodyTo, call.Handles.Add(Body.Of(call.Session.Budget, entry.Value.Span)));
        return StatusOf(error);
    }

    private static FastlyStatus StatusOf(KeyValueError error) => error == KeyValueError.Ok ? FastlyStatus.Ok : FastlyStatus.InvalidArgument;
}
