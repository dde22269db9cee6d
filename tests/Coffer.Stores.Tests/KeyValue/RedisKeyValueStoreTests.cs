namespace Coffer.Stores.Tests.KeyValue;

public sealed class RedisKeyValueStoreTests(RedisServer server) : KeyValueStoreContract, IClassFixture<RedisServer>, IAsyncLifetime
{
    private RedisKeyValueDatabase? database;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (database is not null) await database.DisposeAsync();
    }

    [Fact]
    public async Task Database_ListsAndRemovesStores()
    {
        var store = await OpenAsync(app: "app");
        await store.PutAsync("k", Bytes("v"));
        Assert.Equal(["store"], await database!.ListAsync("app"));
        Assert.True(await database.RemoveAsync("app", "store"));
        Assert.Empty(await database.ListAsync("app"));
        Assert.Null(await store.GetAsync("k"));
        Assert.Equal(default, await store.GetUsageAsync());
    }

    [Fact]
    public async Task Connect_WhereNobodyListens_SaysSoWithoutThePassword()
    {
        var failure = await Assert.ThrowsAsync<KeyValueException>(
            () => RedisKeyValueDatabase.ConnectAsync("127.0.0.1:1,password=hunter2,connectTimeout=500,connectRetry=0"));
        Assert.Equal(KeyValueFailure.Unavailable, failure.Failure);
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
    }

    protected override async Task<KeyValueStore> OpenAsync(KeyValueLimits? limits = null, string app = "app")
    {
        if (server.Missing is { } reason) Assert.Skip(reason);
        // Tests of a class run one after another; each has keys of its own.
        database ??= await RedisKeyValueDatabase.ConnectAsync($"127.0.0.1:{server.Port}", Guid.NewGuid().ToString());
        return database.Open(app, "store", limits);
    }

    protected override Task PassAsync(TimeSpan passed) => Task.Delay(passed);
}
