using Coffer.Binary;

namespace Coffer.Tests.Binary;

public sealed class DeclarationListTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public void Add_AnyNumber_KeepsAllInOrder(int count)
    {
        var list = new DeclarationList<int>();
        if (count > 50) list.Reserve(count);
        for (var i = 0; i < count; i++) list.Add(i);
        Assert.Equal(count, list.Count);
        Assert.Equal(Enumerable.Range(0, count), list.ToImmutable());
    }

    [Fact]
    public void Index_BeyondWhatWasAdded_IsRefused()
    {
        var list = new DeclarationList<int>();
        list.Add(1);
        list[0] = 2;
        Assert.Equal([2], list.ToImmutable());
        Assert.ThrowsAny<Exception>(() => list[1]);
    }

    [Fact]
    public void ToImmutable_BeforeMoreIsAdded_StaysWhatItWas()
    {
        var list = new DeclarationList<int>();
        list.Add(1);
        var before = list.ToImmutable();
        list.Add(2);
        Assert.Equal([1], before);
    }
}
