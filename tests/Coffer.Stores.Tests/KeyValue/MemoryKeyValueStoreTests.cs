namespace Coffer.Stores.Tests.KeyValue;

public class MemoryKeyValueStoreTests : KeyValueStoreContract
{
    private readonly SettableClock time = new();
    private readonly MemoryKeyValueDatabase database;

    public MemoryKeyValueStoreTests() => database = new MemoryKeyValueDatabase(time);

    [Fact]
    public async Task TimeToLive_ClockIsSet_EntryStays()
    {
        var store = await OpenAsync();
        await store.PutAsync("k", Bytes("v"), new KeyValuePut { TimeToLive = TimeSpan.FromMinutes(1) });
        time.SetBy(TimeSpan.FromDays(365));
        Assert.NotNull(await store.GetAsync("k"));
    }

    [Fact]
    public async Task Database_ListsAndRemovesStores()
    {
        database.Open("app", "b");
        await database.Open("app", "a").PutAsync("k", Bytes("v"));
        database.Open("other", "c");
        Assert.Equal(["a", "b"], await database.ListAsync("app"));
        Assert.True(await database.RemoveAsync("app", "a"));
        Assert.False(await database.RemoveAsync("app", "a"));
        Assert.Null(await database.Open("app", "a").GetAsync("k"));
        Assert.Equal(KeyValueFailure.InvalidArgument, Assert.Throws<KeyValueException>(() => database.Open("app", "")).Failure);
        Assert.Equal(KeyValueFailure.InvalidArgument, Assert.Throws<KeyValueException>(() => database.Open("a\nb", "s")).Failure);
    }

    protected override Task<KeyValueStore> OpenAsync(KeyValueLimits? limits = null, string app = "app") => Task.FromResult(database.Open(app, "store", limits));

    protected override Task PassAsync(TimeSpan passed)
    {
        time.Advance(passed);
        return Task.CompletedTask;
    }
}
