using System.Buffers.Binary;
using System.Numerics;

namespace Coffer.Native;

/// <summary>
/// SHA-256 and HMAC (FIPS 180-4, RFC 2104). The platform's own loads a native library first, which takes longer than
/// a small guest runs.
/// </summary>
internal sealed class Sha256
{
    /// <summary>The bytes of a hash.</summary>
    public const int Size = 32;

    private const int BlockBytes = 64;

    /// <summary>The constants of the rounds.</summary>
    internal static ReadOnlySpan<uint> Rounds =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>The state before the first block.</summary>
    internal static ReadOnlySpan<uint> Start =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private readonly uint[] state = Start.ToArray();

    private readonly byte[] pending = new byte[BlockBytes];
    private ulong length;

    /// <summary>The hash of some bytes.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = new Sha256();
        hash.Append(bytes);
        return hash.Finish();
    }

    /// <summary>The code by which whoever has the key knows the bytes again.</summary>
    public static byte[] Authenticate(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes)
    {
        Span<byte> pad = stackalloc byte[BlockBytes];
        pad.Clear();
        if (key.Length > BlockBytes) Hash(key).CopyTo(pad);
        else key.CopyTo(pad);
        foreach (ref var value in pad) value ^= 0x36;
        var inner = new Sha256();
        inner.Append(pad);
        inner.Append(bytes);
        foreach (ref var value in pad) value ^= 0x36 ^ 0x5c;
        var outer = new Sha256();
        outer.Append(pad);
        outer.Append(inner.Finish());
        return outer.Finish();
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var filled = (int)(length % BlockBytes);
        length += (ulong)bytes.Length;
        if (filled > 0)
        {
            var taken = Math.Min(BlockBytes - filled, bytes.Length);
            bytes[..taken].CopyTo(pending.AsSpan(filled));
            bytes = bytes[taken..];
            if (filled + taken < BlockBytes) return;
            Compress(state, pending);
        }

        for (; bytes.Length >= BlockBytes; bytes = bytes[BlockBytes..]) Compress(state, bytes);
        bytes.CopyTo(pending);
    }

    /// <summary>The hash of all bytes added. Call once.</summary>
    public byte[] Finish()
    {
        var bits = length * 8;
        Append([0x80]);
        while (length % BlockBytes != BlockBytes - sizeof(ulong)) Append([0]);
        Span<byte> tail = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(tail, bits);
        Append(tail);
        var hash = new byte[Size];
        for (var i = 0; i < state.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(hash.AsSpan(i * 4), state[i]);
        return hash;
    }

    /// <summary>Takes one block into a state.</summary>
    internal static void Compress(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[64];
        for (var i = 0; i < 16; i++) words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * 4)..]);
        for (var i = 16; i < 64; i++)
        {
            var (near, far) = (words[i - 2], words[i - 15]);
            words[i] = words[i - 16] + words[i - 7]
                + (BitOperations.RotateRight(far, 7) ^ BitOperations.RotateRight(far, 18) ^ (far >> 3))
                + (BitOperations.RotateRight(near, 17) ^ BitOperations.RotateRight(near, 19) ^ (near >> 10));
        }

        var (a, b, c, d) = (state[0], state[1], state[2], state[3]);
        var (e, f, g, h) = (state[4], state[5], state[6], state[7]);
        for (var i = 0; i < 64; i++)
        {
            var first = h + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25))
                + ((e & f) ^ (~e & g)) + Rounds[i] + words[i];
            var second = (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22))
                + ((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
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
}
