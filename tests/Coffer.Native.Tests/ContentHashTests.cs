using System.Security.Cryptography;

namespace Coffer.Native.Tests;

public sealed class ContentHashTests
{
    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(ContentHash.SmallestTree - 1)]
    public void Of_SmallFile_IsItsSha256(int count) => Assert.Equal(SHA256.HashData(Bytes(count)), ContentHash.Of(Bytes(count)));

    [Theory]
    [InlineData(512)]
    [InlineData(512 + 7)]
    [InlineData(5 * 512 - 1)]
    [InlineData(ContentHash.SmallestTree)]
    [InlineData(ContentHash.SmallestTree + 12345)]
    public void OfTree_WithVectorsOrWithout_IsTheSame(int count)
    {
        var bytes = Bytes(count);
        Assert.Equal(ContentHash.OfTree(bytes, useVectors: false), ContentHash.OfTree(bytes, useVectors: true));
        if (count >= ContentHash.SmallestTree) Assert.Equal(ContentHash.OfTree(bytes, useVectors: false), ContentHash.Of(bytes));
    }

    [Fact]
    public void OfTree_EveryPlace_MattersAndSoDoesTheLength()
    {
        var bytes = Bytes(8 * 128 + 3);
        var hashes = new HashSet<string> { Convert.ToHexString(ContentHash.OfTree(bytes, useVectors: false)) };
        for (var i = 0; i < bytes.Length; i += 13)
        {
            bytes[i] ^= 1;
            Assert.True(hashes.Add(Convert.ToHexString(ContentHash.OfTree(bytes, useVectors: false))));
            bytes[i] ^= 1;
        }

        Assert.True(hashes.Add(Convert.ToHexString(ContentHash.OfTree(bytes.AsSpan(..^1), useVectors: false))));
        Assert.True(hashes.Add(Convert.ToHexString(ContentHash.OfTree([.. bytes, 0], useVectors: false))));
    }
}
