using System.Globalization;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Memory;

/// <summary>The wish for large pages, which the system keeps with a mapping whether it grants it or not.</summary>
public sealed class LargePageTests
{
    private static readonly MemoryType Type = new(new Limits(1, 1000));

    [Theory]
    [InlineData(MemoryMode.Auto)]
    [InlineData(MemoryMode.Checked)]
    public void Grow_BeyondALargePage_WishesForThemFromTheStart(MemoryMode mode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/sys/kernel/mm/transparent_hugepage/enabled"), "the system has no large pages");
        using var memory = LinearMemory.Create(Type, new MemoryOptions { Mode = mode, LargePages = true });
        foreach (var pages in new[] { 31, 1, 100 }) Assert.True(memory.Grow((ulong)pages) > 0);
        for (var page = 0UL; page < 133; page++)
        {
            Assert.True(IsWishedFor(memory.Base + (nint)(page << 16)), $"page {page}");
            Assert.Equal(0, memory.Read<byte>(page << 16));
            memory.GetSpan(page << 16, 65536).Fill(1);
        }
    }

    [Fact]
    public void Create_AfterOneWithLargePages_FindsZeros()
    {
        for (var round = 0; round < 5; round++)
        {
            using var memory = LinearMemory.Create(new MemoryType(new Limits(100, null)), new MemoryOptions { LargePages = round % 2 == 0 });
            Assert.False(memory.GetSpan(0, memory.ByteLength).ContainsAnyExcept((byte)0));
            memory.GetSpan(0, memory.ByteLength).Fill(0xEE);
        }
    }

    // A mapping is a line with its addresses and lines with what is known of it.
    private static bool IsWishedFor(nint address)
    {
        var isThere = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                var range = words[0].Split('-');
                isThere = address >= nint.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    && address < nint.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
            else if (isThere && words[0] == "VmFlags:")
            {
                return words.Contains("hg");
            }
        }

        return false;
    }
}
