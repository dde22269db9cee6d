using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Coffer.Native.Tests;

public sealed class CpuFeatureTests
{
    [Fact]
    public void X86_WhatTheProcessorSays_IsWhatThePlatformFound()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86, "another processor");
        Assert.Equal(Avx2.IsSupported, X86Features.Has("avx2"));
        Assert.Equal(Avx512F.IsSupported, X86Features.Has("avx512"));
        Assert.Equal(Avx512Vbmi.IsSupported, X86Features.Has("avx512v2"));
        Assert.Equal(Avx512Vbmi2.IsSupported, X86Features.Has("avx512v3"));
        Assert.Equal(Avx10v1.IsSupported, X86Features.Has("avx10v1"));
        Assert.Equal(Avx10v2.IsSupported, X86Features.Has("avx10v2"));
        Assert.Equal(AvxVnni.IsSupported, X86Features.Has("avxvnni"));
        Assert.Equal(Gfni.IsSupported, X86Features.Has("gfni"));
    }

    [Fact]
    public void ToInstructionSet_SaysOfEveryGroupWhetherItMayBeUsed()
    {
        var all = CpuFeatures.ToInstructionSet([]).Split(',');
        Assert.All(all, name => Assert.StartsWith("-", name));
        Assert.All(CpuFeatures.Here, name => Assert.Contains("-" + name, all));
        var here = CpuFeatures.ToInstructionSet(CpuFeatures.Here).Split(',');
        Assert.Equal(all.Select(name => name[1..]).Order(), here.Select(name => name.TrimStart('-')).Order());
        Assert.Equal(CpuFeatures.Here, here.Where(name => name[0] != '-'));
    }

    [Fact]
    public void Hexadecimal_IsThatOfThePlatform()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        Assert.Equal(Convert.ToHexStringLower(bytes), Hexadecimal.Of(bytes));
        Assert.Equal("", Hexadecimal.Of([]));
    }
}
