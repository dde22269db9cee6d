using System.Buffers.Binary;

namespace Coffer.Wasi.Preview1;

/// <summary>One thing that a guest waits for, copied out of its memory.</summary>
/// <param name="UserData">What comes back with the event.</param>
/// <param name="Type">What kind: <see cref="Clock"/>, <see cref="Reading"/>, <see cref="Writing"/>, or a number made up.</param>
/// <param name="Number">The clock or the descriptor.</param>
/// <param name="Timeout">For clocks, in nanoseconds.</param>
/// <param name="IsAbsolute">Whether the timeout is a time of the clock, and not from now on.</param>
internal readonly record struct Subscription(ulong UserData, byte Type, int Number, ulong Timeout, bool IsAbsolute)
{
    public const byte Clock = 0, Reading = 1, Writing = 2;

    /// <summary>The bytes of one in a guest's memory.</summary>
    public static int BytesOf(bool isUnstable) => isUnstable ? 56 : 48;

    /// <summary>Reads one.</summary>
    /// <remarks><code>
    ///           0           8     16      20        24        32          40
    /// preview 1 | user data | tag | clock | padding | timeout | precision | flags |
    ///           0           8     16           24      28        32        40          48
    /// unstable  | user data | tag | identifier | clock | padding | timeout | precision | flags |
    ///           0           8     16
    /// both      | user data | tag | descriptor |
    /// </code></remarks>
    public static Subscription Read(ReadOnlySpan<byte> bytes, bool isUnstable)
    {
        var type = bytes[8];
        var body = bytes[(isUnstable && type == Clock ? 24 : 16)..];
        return new Subscription(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            type,
            BinaryPrimitives.ReadInt32LittleEndian(body),
            BinaryPrimitives.ReadUInt64LittleEndian(body[8..]),
            type == Clock && (body[24] & 1) != 0);
    }
}
