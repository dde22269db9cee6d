using System.Runtime.Versioning;
using Coffer.Images;

namespace Coffer.Native.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class NativeImageTests
{
    [Fact]
    public void Of_ImageThatEndsAnywhere_IsRefusedOrRead()
    {
        using var bench = new Bench();
        bench.Compile(Bench.Binary("""(module (func (export "f") (result i32) (i32.const 42)))"""));
        var file = File.ReadAllBytes(Assert.Single(bench.Entries()));
        var whole = NativeImage.Of("path", file);
        Assert.InRange(whole.MetadataAddress, 1, whole.Bytes);
        for (var length = 0; length < 2048; length++)
        {
            try
            {
                Assert.Equal(whole, NativeImage.Of("path", file.AsSpan(0, length)));
            }
            catch (BadImageFormatException)
            {
                // It ends before what is looked for.
            }
        }
    }

    [Theory]
    [InlineData(0x3C, -1)]
    [InlineData(0x3C, int.MaxValue)]
    [InlineData(0x3C, int.MinValue)]
    public void Of_HeaderThatPointsOutside_IsRefused(int place, int value)
    {
        var file = new byte[4096];
        BitConverter.TryWriteBytes(file.AsSpan(place), value);
        Assert.Throws<BadImageFormatException>(() => NativeImage.Of("path", file));
    }
}
