using System.Text;

namespace Coffer.Stores.Tests.KeyValue;

/// <summary>What every key-value store does, whatever it is made of.</summary>
public abstract class KeyValueStoreContract
{
    private static readonly string[] InUtf8Order = ["a", "a/1", "a/10", "a/2", "b", "é", "漢", "\uffee", "😀"];

    /// <summary>A store that nobody has used.</summary>
    protected abstract Task<KeyValueStore> OpenAsync(KeyValueLimits? limits = null, string app = "app");

    /// <summary>Lets time pass for the store.</summary>
    protected abstract Task PassAsync(TimeSpan passed);

    [Fact]
    public async Task Put_ThenGet_GivesValueMetadataAndGeneration()
    {
        var store = await OpenAsync();
        var generation = await store.PutAsync("k", new byte[] { 0, 255, 10 }, new KeyValuePut { Metadata = new byte[] { 1, 0 } });
        var entry = await store.GetAsync("k");
        Assert.NotNull(entry);
        Assert.Equal([0, 255, 10], entry.Value.ToArray());
        Assert.Equal([1, 0], entry.Metadata.ToArray());
        Assert.Equal(generation, entry.Generation);
        Assert.Null(await store.GetAsync("other"));
    }

    [Fact]
    public async Task Put_EmptyValue_IsAnEntry()
    {
        var store = await OpenAsync();
        await store.PutAsync("k", ReadOnlyMemory<byte>.Empty);
        Assert.Equal(0, (await store.GetAsync("k"))!.Value.Length);
    }

    [Fact]
    public async Task Put_Replacing_DropsMetadata()
    {
        var store = await OpenAsync();
        await store.PutAsync("k", Bytes("one"), new KeyValuePut { Metadata = Bytes("meta") });
        await store.PutAsync("k", Bytes("two"));
        Assert.Equal(0, (await store.GetAsync("k"))!.Metadata.Length);
    }

    [Fact]
    public async Task Generation_IsNeverUsedAgain()
    {
        var store = await OpenAsync();
        var seen = new HashSet<long>();
        for (var round = 0; round < 4; round++)
        {
            Assert.True(seen.Add((await store.PutAsync("k", Bytes("v")))!.Value));
            Assert.True(await store.DeleteAsync("k"));
        }

        Assert.DoesNotContain(0, seen);
    }

    [Fact]
    public async Task Put_IfAbsent_DoesNotReplace()
    {
        var store = await OpenAsync();
        var onlyNew = new KeyValuePut { IfAbsent = true };
        Assert.NotNull(await store.PutAsync("k", Bytes("first"), onlyNew));
        Assert.Null(await store.PutAsync("k", Bytes("second"), onlyNew));
        Assert.Equal("first", await TextAsync(store, "k"));
    }

    [Fact]
    public async Task Put_IfGeneration_ComparesAndSwaps()
    {
        var store = await OpenAsync();
        Assert.Null(await store.PutAsync("k", Bytes("x"), new KeyValuePut { IfGeneration = 1 }));
        Assert.Null(await store.PutAsync("k", Bytes("x"), new KeyValuePut { IfGeneration = 0 }));
        var first = await store.PutAsync("k", Bytes("one"));
        var second = await store.PutAsync("k", Bytes("two"), new KeyValuePut { IfGeneration = first });
        Assert.NotNull(second);
        Assert.Null(await store.PutAsync("k", Bytes("three"), new KeyValuePut { IfGeneration = first }));
        Assert.Equal("two", await TextAsync(store, "k"));
        Assert.False(await store.DeleteAsync("k", first));
        Assert.True(await store.DeleteAsync("k", second));
        Assert.False(await store.DeleteAsync("k"));
    }

    [Fact]
    public async Task Put_AppendAndPrepend_KeepWhatIsNotGiven()
    {
        var store = await OpenAsync();
        await store.PutAsync("k", Bytes("b"), new KeyValuePut { Mode = KeyValuePutMode.Append, Metadata = Bytes("m") });
        await store.PutAsync("k", Bytes("c"), new KeyValuePut { Mode = KeyValuePutMode.Append });
        await store.PutAsync("k", Bytes("a"), new KeyValuePut { Mode = KeyValuePutMode.Prepend });
        Assert.Equal("abc", await TextAsync(store, "k"));
        Assert.Equal("m", Encoding.UTF8.GetString((await store.GetAsync("k"))!.Metadata.Span));
        await store.PutAsync("k", Bytes("!"), new KeyValuePut { Mode = KeyValuePutMode.Append, Metadata = Bytes("n") });
        Assert.Equal("n", Encoding.UTF8.GetString((await store.GetAsync("k"))!.Metadata.Span));
    }

    [Fact]
    public async Task TimeToLive_Passes_EntryIsGone()
    {
        var store = await OpenAsync();
        var brief = new KeyValuePut { TimeToLive = TimeSpan.FromMilliseconds(200) };
        await store.PutAsync("brief", Bytes("v"), brief);
        await store.PutAsync("joined", Bytes("v"), brief);
        await store.PutAsync("joined", Bytes("w"), new KeyValuePut { Mode = KeyValuePutMode.Append });
        await store.PutAsync("kept", Bytes("v"), brief);
        await store.PutAsync("kept", Bytes("v"));
        await store.PutAsync("long", Bytes("v"), new KeyValuePut { TimeToLive = TimeSpan.FromHours(1) });
        await PassAsync(TimeSpan.FromMilliseconds(300));
        Assert.Null(await store.GetAsync("brief"));
        Assert.Null(await store.GetAsync("joined"));
        Assert.Equal(["kept", "long"], (await store.ListAsync()).Keys);
        Assert.NotNull(await store.PutAsync("brief", Bytes("v"), new KeyValuePut { IfAbsent = true }));
        Assert.False(await store.DeleteAsync("joined"));
        Assert.Equal(3, (await store.GetUsageAsync()).Entries);
    }

    [Fact]
    public async Task List_IsInOrderOfUtf8Bytes_AndPaged()
    {
        var store = await OpenAsync();
        foreach (var key in InUtf8Order.Reverse()) await store.PutAsync(key, Bytes("v"));
        Assert.Equal(InUtf8Order, (await store.ListAsync()).Keys);
        for (var limit = 1; limit <= InUtf8Order.Length + 1; limit++)
        {
            var all = new List<string>();
            string? cursor = null;
            do
            {
                var page = await store.ListAsync(new KeyValueQuery { Limit = limit, Cursor = cursor });
                Assert.True(page.Keys.Count <= limit);
                all.AddRange(page.Keys);
                cursor = page.Cursor;
            }
            while (cursor is not null);
            Assert.Equal(InUtf8Order, all);
        }
    }

    [Fact]
    public async Task List_WithPrefix_GivesThoseAlone()
    {
        var store = await OpenAsync();
        foreach (var key in InUtf8Order) await store.PutAsync(key, Bytes("v"));
        Assert.Equal(["a/1", "a/10", "a/2"], (await store.ListAsync(new KeyValueQuery { Prefix = "a/" })).Keys);
        Assert.Equal(["😀"], (await store.ListAsync(new KeyValueQuery { Prefix = "😀" })).Keys);
        Assert.Empty((await store.ListAsync(new KeyValueQuery { Prefix = "zz" })).Keys);
        var first = await store.ListAsync(new KeyValueQuery { Prefix = "a/", Limit = 2 });
        Assert.Equal(["a/2"], (await store.ListAsync(new KeyValueQuery { Prefix = "a/", Limit = 2, Cursor = first.Cursor })).Keys);
    }

    [Fact]
    public async Task List_WhileKeysComeAndGo_GivesWhatStaysOnce()
    {
        var store = await OpenAsync();
        for (var index = 0; index < 20; index++) await store.PutAsync($"stay-{index:00}", Bytes("v"));
        var seen = new List<string>();
        string? cursor = null;
        var round = 0;
        do
        {
            var page = await store.ListAsync(new KeyValueQuery { Limit = 3, Cursor = cursor });
            seen.AddRange(page.Keys);
            cursor = page.Cursor;
            // The key that the cursor stands on goes, and others come on both sides of it.
            await store.PutAsync($"come-{round}", Bytes("v"));
            await store.PutAsync($"stay-{round:00}-more", Bytes("v"));
            if (page.Keys[^1].EndsWith("more", StringComparison.Ordinal)) await store.DeleteAsync(page.Keys[^1]);
            round++;
        }
        while (cursor is not null);
        Assert.Equal(20, seen.Count(key => key.Length == 7));
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task Keys_ThatAreNone_AreRefused()
    {
        var store = await OpenAsync();
        foreach (var key in (string[])["", ".", "..", "a\rb", "a\nb", "a\0b", new string('k', 1025), new string('é', 513), "\ud800", "x\udc00"])
        {
            var failure = await Assert.ThrowsAsync<KeyValueException>(() => store.PutAsync(key, Bytes("v")).AsTask());
            Assert.Equal(KeyValueFailure.InvalidKey, failure.Failure);
            Assert.DoesNotContain('\n', failure.Message);
            await Assert.ThrowsAsync<KeyValueException>(() => store.GetAsync(key).AsTask());
            await Assert.ThrowsAsync<KeyValueException>(() => store.DeleteAsync(key).AsTask());
        }

        Assert.NotNull(await store.PutAsync(new string('k', 1024), Bytes("v")));
        Assert.NotNull(await store.PutAsync("'; DROP TABLE entries; -- {}[]*?#%", Bytes("v")));
    }

    [Fact]
    public async Task Limits_AreKept()
    {
        var store = await OpenAsync(new KeyValueLimits { ValueBytes = 10, MetadataBytes = 4, Entries = 3, Bytes = 40 });
        await RefusedAsync(KeyValueFailure.ValueTooLarge, () => store.PutAsync("k", new byte[11]));
        await RefusedAsync(KeyValueFailure.MetadataTooLarge, () => store.PutAsync("k", new byte[1], new KeyValuePut { Metadata = new byte[5] }));
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.PutAsync("k", new byte[1], new KeyValuePut { TimeToLive = TimeSpan.Zero }));
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.PutAsync("k", new byte[1], new KeyValuePut { TimeToLive = TimeSpan.MaxValue }));
        await store.PutAsync("k", new byte[6]);
        await RefusedAsync(KeyValueFailure.ValueTooLarge, () => store.PutAsync("k", new byte[5], new KeyValuePut { Mode = KeyValuePutMode.Append }));
        await store.PutAsync("l", new byte[10]);
        await store.PutAsync("m", new byte[10]);
        Assert.Equal(new KeyValueUsage(3, 29), await store.GetUsageAsync());
        await RefusedAsync(KeyValueFailure.StoreFull, () => store.PutAsync("n", new byte[1]));
        await store.PutAsync("l", new byte[10]);
        await store.DeleteAsync("m");
        Assert.Equal(new KeyValueUsage(2, 18), await store.GetUsageAsync());
        await store.PutAsync("n", new byte[10]);
        await RefusedAsync(KeyValueFailure.StoreFull, () => store.PutAsync("keys-count-too", new byte[1]));
        Assert.Equal(3 + 6 + 10 + 10, (await store.GetUsageAsync()).Bytes);
    }

    [Fact]
    public async Task Queries_ThatAreNone_AreRefused()
    {
        var store = await OpenAsync();
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.ListAsync(new KeyValueQuery { Limit = 0 }));
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.ListAsync(new KeyValueQuery { Limit = 1001 }));
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.ListAsync(new KeyValueQuery { Cursor = "not a cursor!" }));
        await RefusedAsync(KeyValueFailure.InvalidArgument, () => store.ListAsync(new KeyValueQuery { Prefix = "\ud800" }));
    }

    [Fact]
    public async Task Stores_OfOtherAppsAndNames_AreApart()
    {
        var mine = await OpenAsync(app: "a");
        var other = await OpenAsync(app: "a/x");
        await mine.PutAsync("k", Bytes("mine"));
        Assert.Null(await other.GetAsync("k"));
        Assert.Empty((await other.ListAsync()).Keys);
        await other.PutAsync("k", Bytes("other"));
        Assert.Equal("mine", await TextAsync(mine, "k"));
    }

    [Fact]
    public async Task Append_FromManySides_LosesNothing()
    {
        var store = await OpenAsync();
        const int Sides = 8;
        const int Each = 25;
        await Task.WhenAll(Enumerable.Range(0, Sides).Select(side => Task.Run(async () =>
        {
            for (var index = 0; index < Each; index++)
                await store.PutAsync("log", Bytes($"{side}"), new KeyValuePut { Mode = KeyValuePutMode.Append });
        })));
        var text = await TextAsync(store, "log");
        Assert.Equal(Sides * Each, text.Length);
        for (var side = 0; side < Sides; side++) Assert.Equal(Each, text.Count(unit => unit == '0' + side));
    }

    [Fact]
    public async Task CompareAndSwap_FromManySides_CountsRight()
    {
        var store = await OpenAsync();
        await store.PutAsync("n", Bytes("0"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 25;)
            {
                var entry = (await store.GetAsync("n"))!;
                var next = int.Parse(Encoding.UTF8.GetString(entry.Value.Span), null) + 1;
                if (await store.PutAsync("n", Bytes($"{next}"), new KeyValuePut { IfGeneration = entry.Generation }) is not null) done++;
            }
        })));
        Assert.Equal("100", await TextAsync(store, "n"));
    }

    [Fact]
    public async Task Operations_Cancelled_Throw()
    {
        var store = await OpenAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync("k", cancelled.Token).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync("k", Bytes("v"), null, cancelled.Token).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ListAsync(null, cancelled.Token).AsTask());
        Assert.Null(await store.GetAsync("k"));
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static async Task<string> TextAsync(KeyValueStore store, string key) => Encoding.UTF8.GetString((await store.GetAsync(key))!.Value.Span);

    protected static async Task RefusedAsync<T>(KeyValueFailure failure, Func<ValueTask<T>> operation) =>
        Assert.Equal(failure, (await Assert.ThrowsAsync<KeyValueException>(() => operation().AsTask())).Failure);
}
