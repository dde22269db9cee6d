using System.Buffers.Binary;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Sources;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// poll_oneoff. Files and streams are always ready, so that it waits only where there is nothing but clocks to wait
/// for; the wait ends early when the store is interrupted or its deadline passes.
/// </summary>
internal sealed class Poll(DescriptorTable descriptors, Clock clock, bool isUnstable)
{
    private const int MaxSubscriptions = 4096;
    private const int EventBytes = 32;
    private const ulong MaximumTicks = (ulong)TimeSpan.TicksPerDay * 36525;
    private const int ClockEvent = 0, ReadEvent = 1, WriteEvent = 2;
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly int subscriptionBytes = isUnstable ? 56 : 48;

    public Errno OneOff(Memory memory, int input, int output, int count, int resultPointer, CancellationToken interrupt)
    {
        if (count == 0) return Errno.Invalid;
        if ((uint)count > MaxSubscriptions) return Errno.Invalid;
        if (!memory.TryGet(input, count * subscriptionBytes, out var subscriptions)) return Errno.Fault;
        if (!memory.TryGet(output, count * EventBytes, out var events)) return Errno.Fault;
        // The guest may let both overlap.
        var subscribed = subscriptions.ToArray();
        var written = WriteReady(subscribed, events, 0);
        while (written == 0)
        {
            var error = Wait(subscribed, interrupt, out var waited);
            if (error != Errno.Success) return error;
            written = WriteReady(subscribed, events, waited);
        }

        return memory.Store(resultPointer, (uint)written);
    }

    /// <summary>
    /// Writes an event for each file, each error and each clock that is due, given how long was waited.
    /// </summary>
    private int WriteReady(ReadOnlySpan<byte> subscriptions, Span<byte> events, ulong waited)
    {
        var written = 0;
        for (; !subscriptions.IsEmpty; subscriptions = subscriptions[subscriptionBytes..])
        {
            var subscription = subscriptions[..subscriptionBytes];
            Errno error;
            var bytes = 0UL;
            if (subscription[8] == ClockEvent)
            {
                error = TimeLeft(subscription, out var left);
                var isDue = IsAbsolute(subscription) ? left == 0 : left <= waited;
                if (error == Errno.Success && !isDue) continue;
            }
            else
            {
                error = Ready(subscription, out bytes);
            }

            var record = events.Slice(written++ * EventBytes, EventBytes);
            record.Clear();
            subscription[..8].CopyTo(record);
            BinaryPrimitives.WriteUInt16LittleEndian(record[8..], (ushort)error);
            record[10] = subscription[8];
            BinaryPrimitives.WriteUInt64LittleEndian(record[16..], bytes);
        }

        return written;
    }

    private Errno Ready(ReadOnlySpan<byte> subscription, out ulong bytes)
    {
        bytes = 1;
        if (subscription[8] is not (ReadEvent or WriteEvent)) return Errno.Invalid;
        var number = BinaryPrimitives.ReadInt32LittleEndian(subscription[16..]);
        var error = descriptors.FindFile(number, Rights.PollFdReadwrite, out var file);
        if (error != Errno.Success || file.Type != FileType.RegularFile || subscription[8] != ReadEvent) return error;
        error = file.GetStatus(out var status);
        if (error == Errno.Success && file.Seek(0, SeekOrigin.Current, out var position) == Errno.Success)
        {
            bytes = status.Size - Math.Min(status.Size, (ulong)position);
        }

        return error;
    }

    /// <summary>Waits for the clock that is due first.</summary>
    private Errno Wait(ReadOnlySpan<byte> subscriptions, CancellationToken interrupt, out ulong waited)
    {
        waited = ulong.MaxValue;
        TimeProvider? time = null;
        for (; !subscriptions.IsEmpty; subscriptions = subscriptions[subscriptionBytes..])
        {
            if (TimeLeft(subscriptions[..subscriptionBytes], out var left) != Errno.Success || left >= waited) continue;
            waited = left;
            time = clock.ProviderOf(ClockOf(subscriptions));
        }

        // Rounded up: who sleeps a microsecond must not find that no time has passed.
        var remaining = waited / 100 + 1;
        if (time is SteppedTime stepped)
        {
            stepped.Advance(TimeSpan.FromTicks((long)Math.Min(remaining, MaximumTicks)));
            return Errno.Success;
        }

        var start = time!.GetTimestamp();
        while (true)
        {
            var wanted = TimeSpan.FromTicks((long)Math.Min(remaining, long.MaxValue));
            var left = wanted - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero) return Errno.Success;
            var step = left < LongestWait
                ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds))
                : LongestWait;
            try
            {
                Task.Delay(step, time, interrupt).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                return Errno.Interrupted;
            }
        }
    }

    /// <summary>How long until a clock's subscription is due, in nanoseconds.</summary>
    /// <remarks><code>
    ///           0           8     16      20        24        32          40
    /// preview 1 | user data | tag | clock | padding | timeout | precision | flags |
    ///           0           8     16           24      28        32        40          48
    /// unstable  | user data | tag | identifier | clock | padding | timeout | precision | flags |
    /// </code></remarks>
    private Errno TimeLeft(ReadOnlySpan<byte> subscription, out ulong left)
    {
        left = 0;
        var body = subscription[(isUnstable ? 24 : 16)..];
        var error = clock.TryRead("poll_oneoff", ClockOf(subscription), out var now);
        if (error != Errno.Success) return error;
        var timeout = BinaryPrimitives.ReadUInt64LittleEndian(body[8..]);
        left = IsAbsolute(subscription) ? timeout - Math.Min(timeout, now) : timeout;
        return Errno.Success;
    }

    private int ClockOf(ReadOnlySpan<byte> subscription) =>
        BinaryPrimitives.ReadInt32LittleEndian(subscription[(isUnstable ? 24 : 16)..]);

    private bool IsAbsolute(ReadOnlySpan<byte> subscription) => (subscription[isUnstable ? 48 : 40] & 1) != 0;
}
