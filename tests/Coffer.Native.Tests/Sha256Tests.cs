using System.Security.Cryptography;

namespace Coffer.Native.Tests;

public sealed class Sha256Tests
{
    [Fact]
    public void Hash_EveryLengthAroundABlock_AgreesWithThePlatform()
    {
        var bytes = Enumerable.Range(0, 300).Select(i => (byte)(i * 7)).ToArray();
        for (var length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), Sha256.Hash(bytes.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(130)]
    public void Append_InPieces_GivesTheSame(int piece)
    {
        var bytes = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        var hash = new Sha256();
        for (var i = 0; i < bytes.Length; i += piece) hash.Append(bytes.AsSpan(i, Math.Min(piece, bytes.Length - i)));
        Assert.Equal(SHA256.HashData(bytes), hash.Finish());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(65)]
    public void Authenticate_KeysOfEveryKind_AgreesWithThePlatform(int keyBytes)
    {
        var key = Enumerable.Range(1, keyBytes).Select(i => (byte)i).ToArray();
        Assert.Equal(HMACSHA256.HashData(key, "content"u8), Sha256.Authenticate(key, "content"u8));
    }
}
