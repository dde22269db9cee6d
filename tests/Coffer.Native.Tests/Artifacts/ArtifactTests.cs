using Coffer.Native.Artifacts;

namespace Coffer.Native.Tests.Artifacts;

public sealed class ArtifactTests
{
    private static readonly byte[] Key = new byte[32];
    private static readonly ArtifactDescription Description = ArtifactDescription.Of("module"u8, EngineOptions.Default);
    private static readonly byte[] File = Artifact.Write("MZ image"u8, "module"u8, "record"u8, Description, Key);

    [Fact]
    public void Read_WhatWasWritten_GivesThePartsBack()
    {
        var artifact = Artifact.Read(File);
        Assert.Equal("MZ image"u8, artifact.Image.Span);
        Assert.Equal("module"u8, artifact.Module.Span);
        Assert.Equal("record"u8, artifact.Record.Span);
        Assert.Equal(Description.Lines, artifact.Description.Lines);
        Assert.Null(artifact.Description.Misfit(Description));
        Assert.True(artifact.IsSignedBy(Key));
        Assert.False(artifact.IsSignedBy([1, .. Key.AsSpan(1)]));
    }

    [Fact]
    public void Read_CutAnywhere_RefusesOrIsUnsigned()
    {
        for (var length = 0; length < File.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Artifact.Read(File.AsMemory(0, length)));
        }
    }

    [Fact]
    public void Read_AnyBitTurned_RefusesOrIsUnsigned()
    {
        for (var bit = 0; bit < File.Length * 8; bit++)
        {
            var turned = (byte[])File.Clone();
            turned[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.False(Artifact.Read(turned).IsSignedBy(Key), $"bit {bit}");
            }
            catch (InvalidDataException)
            {
                // Just as good.
            }
        }
    }

    [Theory]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(0x8000_0000u, 0x8000_0000u)]
    public void Read_LyingLengths_Refuses(uint image, uint module)
    {
        var lying = (byte[])File.Clone();
        var lengths = lying.AsSpan(lying.Length - 48);
        BitConverter.TryWriteBytes(lengths, image);
        BitConverter.TryWriteBytes(lengths[4..], module);
        Assert.Throws<InvalidDataException>(() => Artifact.Read(lying));
    }

    [Theory]
    [InlineData("runtime", "it was made for runtime 1.2.3")]
    [InlineData("engine", "it was made for engine 1.2.3")]
    [InlineData("cpu", "it needs a processor with 1.2.3")]
    [InlineData("fuel", "it was made for fuel 1.2.3")]
    public void Misfit_OneLineDiffers_SaysWhich(string name, string reason)
    {
        var lines = Description.Lines.Select(line => line.Name == name ? new(name, "1.2.3") : line);
        var other = ArtifactDescription.Read(
            System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{line.Name} {line.Value}\n"))))!;
        Assert.StartsWith(reason, other.Misfit(Description));
        Assert.NotEqual(Description.Key, other.Key);
    }

    [Fact]
    public void Of_OtherOptions_DescribesThemDifferently()
    {
        EngineOptions[] all =
        [
            EngineOptions.Default,
            new EngineOptions { ConsumeFuel = true },
            new EngineOptions { Interruptible = false },
            new EngineOptions { Features = Features.Wasm2 },
            new EngineOptions { Memory = new MemoryOptions { Mode = MemoryMode.Checked } },
            new EngineOptions { Limits = ModuleLimits.Default with { FunctionBytes = 7 } },
        ];
        Assert.Equal(all.Length, all.Select(options => ArtifactDescription.Of("m"u8, options).Key).Distinct().Count());
    }
}
