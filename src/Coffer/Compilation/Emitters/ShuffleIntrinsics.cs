using System.Reflection.Metadata;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static Coffer.Compilation.Emitters.IntrinsicMethod;
using static Coffer.Compilation.Emitters.IntrinsicStep;

namespace Coffer.Compilation.Emitters;

/// <summary>
/// The steps of <c>i8x16.shuffle</c>, whose lanes are known: one instruction where the processor has one for the
/// pattern, else a table look-up for each operand that is used.
/// </summary>
internal static class ShuffleIntrinsics
{
    private const byte None = 0xff;

    private static readonly IntrinsicMethod Bytes =
        Plain(typeof(Vector128), "Shuffle", typeof(Vector128<byte>), typeof(Vector128<byte>));

    private static readonly IntrinsicMethod Words =
        Plain(typeof(Vector128), "Shuffle", typeof(Vector128<int>), typeof(Vector128<int>));

    private static readonly IntrinsicMethod Align =
        Plain<Ssse3>("AlignRight", typeof(Vector128<byte>), typeof(Vector128<byte>), typeof(byte));

    private static readonly (IntrinsicMethod Low, IntrinsicMethod High, int Width)[] Interleavings =
    [
        (Unpack<byte>("UnpackLow"), Unpack<byte>("UnpackHigh"), 1),
        (Unpack<short>("UnpackLow"), Unpack<short>("UnpackHigh"), 2),
        (Unpack<int>("UnpackLow"), Unpack<int>("UnpackHigh"), 4),
        (Unpack<long>("UnpackLow"), Unpack<long>("UnpackHigh"), 8),
    ];

    /// <summary>The steps for two operands on the stack; null when it is to be a call.</summary>
    public static IntrinsicStep[]? Find(Vector128<byte> lanes)
    {
        if (!Vector128.IsHardwareAccelerated)
            return null;
        Span<byte> numbers = stackalloc byte[16];
        lanes.CopyTo(numbers);
        if (!numbers.ContainsAnyExceptInRange((byte)0, (byte)15))
            return [ILOpCode.Pop, .. One(lanes)];
        if (!numbers.ContainsAnyExceptInRange((byte)16, (byte)31))
            return [Take(2), Get(1), .. One(lanes - Vector128.Create((byte)16))];
        return (Sse2.IsSupported ? Interleaved(numbers) : null)
            ?? (Ssse3.IsSupported ? Aligned(numbers) : null)
            ?? Two(lanes);
    }

    private static IntrinsicStep[] One(Vector128<byte> lanes)
    {
        if (lanes == Vector128<byte>.Indices)
            return [];

        // Whole words, in order: the look-up takes its table from the instruction itself.
        var words = lanes.AsUInt32() & Vector128.Create(0x1cu);
        var first = Vector128.Create(0x03020100u);
        if (lanes.AsUInt32() != (words * Vector128.Create(0x01010101u)) + first)
            return [lanes, Bytes];
        return [(words >>> 2).AsByte(), Words];
    }

    private static IntrinsicStep[] Two(Vector128<byte> lanes)
    {
        var isLeft = Vector128.LessThan(lanes, Vector128.Create((byte)16));
        var none = Vector128.Create(None);
        return
        [
            Take(2),
            Get(0), Vector128.ConditionalSelect(isLeft, lanes, none), Bytes,
            Get(1), Vector128.ConditionalSelect(isLeft, none, lanes - Vector128.Create((byte)16)), Bytes,
            Operator("op_BitwiseOr", typeof(byte)),
        ];
    }

    // Lanes from the lower or the upper halves of both operands, in turn.
    private static IntrinsicStep[]? Interleaved(ReadOnlySpan<byte> lanes)
    {
        Span<byte> pattern = stackalloc byte[16];
        foreach (var (low, high, width) in Interleavings)
        {
            foreach (var start in (ReadOnlySpan<int>)[0, 8])
            {
                foreach (var first in (ReadOnlySpan<int>)[0, 16])
                {
                    for (var i = 0; i < 16; i++)
                    {
                        var operand = i / width % 2 == 0 ? first : 16 - first;
                        pattern[i] = (byte)(operand + start + (i / (2 * width) * width) + (i % width));
                    }

                    if (!lanes.SequenceEqual(pattern))
                        continue;
                    var method = start == 0 ? low : high;
                    return first == 0 ? [method] : [Take(2), Get(1), Get(0), method];
                }
            }
        }

        return null;
    }

    // Sixteen bytes in a row out of both operands.
    private static IntrinsicStep[]? Aligned(ReadOnlySpan<byte> lanes)
    {
        for (var i = 1; i < 16; i++)
        {
            if (lanes[i] != (lanes[0] + i) % 32)
                return null;
        }

        return lanes[0] < 16
            ? [Take(2), Get(1), Get(0), Number(lanes[0]), Align]
            : [Number(lanes[0] - 16), Align];
    }

    private static IntrinsicMethod Unpack<T>(string name) =>
        Plain<Sse2>(name, typeof(Vector128<T>), typeof(Vector128<T>));
}
