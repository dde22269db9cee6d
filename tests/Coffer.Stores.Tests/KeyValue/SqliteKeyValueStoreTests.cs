using Microsoft.Data.Sqlite;

namespace Coffer.Stores.Tests.KeyValue;

public sealed class SqliteKeyValueStoreTests : KeyValueStoreContract, IAsyncLifetime
{
    private readonly TemporaryDirectory folder = new();
    private readonly SettableClock time = new();
    private readonly string path;
    private SqliteKeyValueDatabase database;

    public SqliteKeyValueStoreTests()
    {
        path = Path.Combine(folder.Path, "kv.db");
        database = SqliteKeyValueDatabase.Open(path, time);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Database_OpenedAgain_HasWhatWasPut()
    {
        var generation = await database.Open("app", "store").PutAsync("k", Bytes("v"), new KeyValuePut { TimeToLive = TimeSpan.FromMinutes(5), Metadata = Bytes("m") });
        await database.DisposeAsync();
        database = SqliteKeyValueDatabase.Open(path, time);
        var store = database.Open("app", "store");
        Assert.Equal(generation, (await store.GetAsync("k"))!.Generation);
        Assert.Equal(["store"], await database.ListAsync("app"));
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Null(await store.GetAsync("k"));
        Assert.True(await database.RemoveAsync("app", "store"));
        Assert.Empty(await database.ListAsync("app"));
    }

    [Fact]
    public async Task TimeToLive_ClockIsSet_EntryStays()
    {
        var store = database.Open("app", "store");
        await store.PutAsync("k", Bytes("v"), new KeyValuePut { TimeToLive = TimeSpan.FromMinutes(1) });
        time.SetBy(TimeSpan.FromDays(365));
        Assert.NotNull(await store.GetAsync("k"));
    }

    [Fact]
    public async Task Database_Closed_SaysSo()
    {
        var store = database.Open("app", "store");
        await database.DisposeAsync();
        await RefusedAsync(KeyValueFailure.Unavailable, () => store.PutAsync("k", Bytes("v")));
        await Assert.ThrowsAsync<KeyValueException>(async () => await store.GetAsync("k"));
    }

    [Fact]
    public async Task Open_OfWhatIsNoDatabase_SaysWhatToDo()
    {
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "text"), new string('x', 5000));
        var failure = Assert.Throws<KeyValueException>(() => SqliteKeyValueDatabase.Open(Path.Combine(folder.Path, "text")));
        Assert.Equal(KeyValueFailure.Damaged, failure.Failure);
        Assert.Contains("no SQLite database", failure.Message, StringComparison.Ordinal);
        failure = Assert.Throws<KeyValueException>(() => SqliteKeyValueDatabase.Open(Path.Combine(folder.Path, "nowhere", "kv.db")));
        Assert.Equal(KeyValueFailure.Unavailable, failure.Failure);
        Assert.Contains("folder must exist", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAnotherDatabase_IsRefusedAndLeavesIt()
    {
        var other = Path.Combine(folder.Path, "other.db");
        using (var connection = new SqliteConnection($"Data Source={other};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE entries (x)";
            command.ExecuteNonQuery();
        }

        Assert.Contains("something else", Assert.Throws<KeyValueException>(() => SqliteKeyValueDatabase.Open(other)).Message, StringComparison.Ordinal);
        using var again = new SqliteConnection($"Data Source={other};Pooling=false");
        again.Open();
        using var count = again.CreateCommand();
        count.CommandText = "SELECT count(*) FROM sqlite_master";
        Assert.Equal(1L, count.ExecuteScalar());
    }

    [Fact]
    public async Task Damage_IsToldOf()
    {
        var store = database.Open("app", "store");
        for (var index = 0; index < 50; index++) await store.PutAsync($"k{index}", new byte[4000]);
        await database.DisposeAsync();
        var bytes = await File.ReadAllBytesAsync(path);
        bytes.AsSpan(4096).Fill(0x5a);
        await File.WriteAllBytesAsync(path, bytes);
        var failure = await Assert.ThrowsAsync<KeyValueException>(async () =>
        {
            database = SqliteKeyValueDatabase.Open(path, time);
            var damaged = database.Open("app", "store");
            for (var index = 0; index < 50; index++) await damaged.GetAsync($"k{index}");
        });
        Assert.Equal(KeyValueFailure.Damaged, failure.Failure);
        Assert.Contains("Restore it", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_HasNoMoreRoom_RefusesAndGoesOn()
    {
        await database.DisposeAsync();
        if (!SmallFileSystem.TryMount(folder.Path, out var small)) Assert.Skip("mounting a small file system needs the rights of root");
        using (small)
        {
            database = SqliteKeyValueDatabase.Open(Path.Combine(small.Path, "kv.db"), time);
            var store = database.Open("app", "store");
            var acknowledged = new List<string>();
            KeyValueException? refusal = null;
            for (var index = 0; index < 100 && refusal is null; index++)
            {
                try
                {
                    await store.PutAsync($"k{index}", new byte[60_000]);
                    acknowledged.Add($"k{index}");
                }
                catch (KeyValueException exception)
                {
                    refusal = exception;
                }
            }

            Assert.NotNull(refusal);
            Assert.Equal(KeyValueFailure.Unavailable, refusal.Failure);
            Assert.Contains("disk is full", refusal.Message, StringComparison.Ordinal);
            Assert.NotEmpty(acknowledged);
            foreach (var key in acknowledged) Assert.NotNull(await store.GetAsync(key));
            await database.DisposeAsync();
            database = SqliteKeyValueDatabase.Open(Path.Combine(small.Path, "kv.db"), time);
            Assert.Equal(acknowledged.Count, (await database.Open("app", "store").ListAsync()).Keys.Count);
            await database.DisposeAsync();
        }
    }

    protected override Task<KeyValueStore> OpenAsync(KeyValueLimits? limits = null, string app = "app") => Task.FromResult(database.Open(app, "store", limits));

    protected override Task PassAsync(TimeSpan passed)
    {
        time.Advance(passed);
        return Task.CompletedTask;
    }
}
