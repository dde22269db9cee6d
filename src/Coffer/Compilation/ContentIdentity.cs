using System.Buffers.Binary;
using System.Numerics;
using Coffer.Images;

namespace Coffer.Compilation;

/// <summary>
/// Names an image by its content, so that compiling a module twice gives the same bytes. Not cryptographic: nothing is
/// trusted because of it.
/// </summary>
internal static class ContentIdentity
{
    private const ulong FirstPrime = 0x9E37_79B1_85EB_CA87, SecondPrime = 0xC2B2_AE3D_27D4_EB4F;

    public static Guid Of(ReadOnlySpan<byte> module, MethodBodies code)
    {
        ulong low = FirstPrime, high = SecondPrime;
        Add(module, ref low, ref high);
        foreach (var piece in code.Pieces) Add(piece.Span, ref low, ref high);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], high);
        return new Guid(bytes);
    }

    private static void Add(ReadOnlySpan<byte> bytes, ref ulong low, ref ulong high)
    {
        Mix((ulong)bytes.Length, ref low, ref high);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes), ref low, ref high);
        }

        foreach (var value in bytes) Mix(value, ref low, ref high);
    }

    private static void Mix(ulong word, ref ulong low, ref ulong high)
    {
        low = BitOperations.RotateLeft((low ^ word) * FirstPrime, 31);
        high = BitOperations.RotateLeft((high + word) * SecondPrime, 29) ^ low;
    }
}
