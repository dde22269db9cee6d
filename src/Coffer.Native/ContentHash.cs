using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Coffer.Native;

/// <summary>
/// What stands for a file: its SHA-256 when it is small. A large one is cut into eight parts of whole blocks, which the
/// vectors of the processor hash side by side; what their states are then, the length and what is left are hashed once more.
/// Finding two files with one such hash is as hard as for SHA-256, and hashing takes a fraction of the time.
/// </summary>
internal static class ContentHash
{
    // Below this the code for vectors takes longer to be made than it saves.
    internal const int SmallestTree = 1 << 20;

    private const int Lanes = 8, BlockBytes = 64, StateWords = 8;

    /// <summary>The hash of some bytes.</summary>
    public static byte[] Of(ReadOnlySpan<byte> bytes) => bytes.Length < SmallestTree ? Sha256.Hash(bytes) : OfTree(bytes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] OfTree(ReadOnlySpan<byte> bytes) => OfTree(bytes, Vector128.IsHardwareAccelerated);

    /// <summary>The hash of a large file, with vectors or without.</summary>
    internal static byte[] OfTree(ReadOnlySpan<byte> bytes, bool useVectors)
    {
        var part = bytes.Length / (Lanes * BlockBytes) * BlockBytes;
        Span<uint> states = stackalloc uint[StateWords * Lanes];
        if (useVectors) HashParts(bytes, part, states);
        else HashPartsOneByOne(bytes, part, states);
        var root = new Sha256();
        root.Append("Coffer tree of eight\0"u8);
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(word, (ulong)bytes.Length);
        root.Append(word);
        foreach (var state in states)
        {
            BinaryPrimitives.WriteUInt32BigEndian(word, state);
            root.Append(word[..sizeof(uint)]);
        }

        root.Append(bytes[(Lanes * part)..]);
        return root.Finish();
    }

    // states[word * Lanes + lane]
    private static void HashPartsOneByOne(ReadOnlySpan<byte> bytes, int part, Span<uint> states)
    {
        for (var lane = 0; lane < Lanes; lane++)
        {
            var state = Sha256.Start.ToArray();
            var rest = bytes.Slice(lane * part, part);
            for (; !rest.IsEmpty; rest = rest[BlockBytes..]) Sha256.Compress(state, rest);
            for (var i = 0; i < StateWords; i++) states[(i * Lanes) + lane] = state[i];
        }
    }

    // Where a program may not count on vectors of 256 bits, as the launcher, each of these is two of 128.
    private static void HashParts(ReadOnlySpan<byte> bytes, int part, Span<uint> states)
    {
        Span<Vector256<uint>> state = stackalloc Vector256<uint>[StateWords];
        for (var i = 0; i < StateWords; i++) state[i] = Vector256.Create(Sha256.Start[i]);
        Span<Vector256<uint>> words = stackalloc Vector256<uint>[BlockBytes];
        ref var first = ref MemoryMarshal.GetReference(bytes);
        for (var block = 0; block < part; block += BlockBytes)
        {
            for (var i = 0; i < 16; i++)
            {
                var at = block + (i * sizeof(uint));
                words[i] = Vector256.Create(
                    Word(ref first, at), Word(ref first, at + part), Word(ref first, at + (2 * part)), Word(ref first, at + (3 * part)),
                    Word(ref first, at + (4 * part)), Word(ref first, at + (5 * part)), Word(ref first, at + (6 * part)),
                    Word(ref first, at + (7 * part)));
            }

            Compress(state, words);
        }

        MemoryMarshal.Cast<Vector256<uint>, uint>(state).CopyTo(states);
    }

    // All places are inside: at is below part, and eight parts are no more than there is.
    private static uint Word(ref byte first, int at) =>
        BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at)));

    private static void Compress(Span<Vector256<uint>> state, Span<Vector256<uint>> words)
    {
        // All places are inside: there are as many words and constants as rounds.
        ref var word = ref MemoryMarshal.GetReference(words);
        ref var constant = ref MemoryMarshal.GetReference(Sha256.Rounds);
        for (var i = 16; i < BlockBytes; i++)
        {
            var (near, far) = (Unsafe.Add(ref word, i - 2), Unsafe.Add(ref word, i - 15));
            Unsafe.Add(ref word, i) = Unsafe.Add(ref word, i - 16) + Unsafe.Add(ref word, i - 7)
                + (Rotate(far, 7) ^ Rotate(far, 18) ^ (far >>> 3))
                + (Rotate(near, 17) ^ Rotate(near, 19) ^ (near >>> 10));
        }

        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var i = 0; i < BlockBytes; i++)
        {
            // Choice and majority with an operation less than the standard writes them with.
            var one = h + (Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25))
                + (g ^ (e & (f ^ g))) + Vector256.Create(Unsafe.Add(ref constant, i)) + Unsafe.Add(ref word, i);
            var two = (Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + ((a & b) | (c & (a | b)));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    private static Vector256<uint> Rotate(Vector256<uint> value, int bits) => (value >>> bits) | (value << (32 - bits));
}
