using System.Buffers.Binary;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Sources;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// poll_oneoff: waits for what comes first of any number of clocks, streams and sockets. Files of a disk are always ready.
/// </summary>
internal sealed class Poll(WasiState state, bool isUnstable)
{
    private const string Operation = "poll_oneoff";
    private const int EventBytes = 32;
    private const int FuelPerSubscription = 50;
    private const ushort HasHungUp = 1;

    public Errno OneOff(Call call, int input, int output, int count, int resultPointer)
    {
        var bytes = Subscription.BytesOf(isUnstable);
        if (count <= 0 || count > int.MaxValue / bytes) return Errno.Invalid;
        if (count > state.Quotas.Quotas.Subscriptions)
        {
            state.Quotas.Record("subscriptions", Operation, null);
            return Errno.Invalid;
        }

        var memory = call.Memory;
        if (!memory.TryGet(input, count * bytes, out var source)) return Errno.Fault;
        if (!memory.TryGet(output, count * EventBytes, out var events)) return Errno.Fault;
        if (!memory.TryGet(resultPointer, sizeof(uint), out _)) return Errno.Fault;
        call.Store.ConsumeFuel((long)count * FuelPerSubscription);
        // All of them are read before the first event is written: the guest may let both overlap.
        var subscriptions = new Subscription[count];
        for (var i = 0; i < count; i++) subscriptions[i] = Subscription.Read(source.Slice(i * bytes, bytes), isUnstable);
        var wait = new PollWait(state);
        while (true)
        {
            wait.Begin();
            var written = WriteReady(subscriptions, events, wait);
            if (written > 0) return memory.Store(resultPointer, (uint)written);
            wait.Wait(call.Store);
        }
    }

    /// <summary>Writes an event for all that is ready or in error; notes the rest as what to wait for.</summary>
    private int WriteReady(Subscription[] subscriptions, Span<byte> events, PollWait wait)
    {
        var written = 0;
        foreach (var subscription in subscriptions)
        {
            var available = (Bytes: 0UL, HasHungUp: false);
            var error = subscription.Type == Subscription.Clock
                ? wait.Look(subscription, out var isReady)
                : Look(subscription, wait, out isReady, out available);
            if (error == Errno.Success && !isReady) continue;
            var record = events.Slice(written++ * EventBytes, EventBytes);
            record.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(record, subscription.UserData);
            BinaryPrimitives.WriteUInt16LittleEndian(record[8..], (ushort)error);
            record[10] = subscription.Type;
            BinaryPrimitives.WriteUInt64LittleEndian(record[16..], available.Bytes);
            if (available.HasHungUp) BinaryPrimitives.WriteUInt16LittleEndian(record[24..], HasHungUp);
        }

        return written;
    }

    private Errno Look(
        in Subscription subscription, PollWait wait, out bool isReady, out (ulong Bytes, bool HasHungUp) available)
    {
        isReady = true;
        available = (1, false);
        if (subscription.Type is not (Subscription.Reading or Subscription.Writing)) return Errno.Invalid;
        var error = state.Descriptors.FindFile(subscription.Number, Rights.PollFdReadwrite, out var entry);
        if (error != Errno.Success) return error;
        var file = entry.File!;
        // A stream that was not granted is not even looked at; reading it will say so.
        if (file is StreamHandle stream && !state.Streams.Allows(Operation, stream)) return Errno.Success;
        var ready = subscription.Type == Subscription.Reading ? file.WhenReadable() : file.WhenWritable();
        isReady = ready.IsCompleted;
        if (!isReady) wait.Add(ready);
        else if (subscription.Type == Subscription.Reading) available = Available(file);
        return Errno.Success;
    }

    private static (ulong Bytes, bool HasHungUp) Available(FileHandle file)
    {
        if (file.Type != FileType.RegularFile) return file.Available;
        if (file.GetStatus(out var status) != Errno.Success) return (1, false);
        if (file.Seek(0, SeekOrigin.Current, out var position) != Errno.Success) return (1, false);
        return (status.Size - Math.Min(status.Size, (ulong)position), false);
    }
}
