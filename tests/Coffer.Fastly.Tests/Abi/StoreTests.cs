using Coffer.Fastly.Abi;
using Coffer.Stores;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Fastly.Tests.Abi;

/// <summary>Configuration, secrets, keys and values by both ABIs.</summary>
public sealed class StoreTests
{
    private const string Toml = """
        [local_server.config_stores.settings]
        format = "inline-toml"
        [local_server.config_stores.settings.contents]
        greeting = "hello"
        [local_server.dictionaries.old]
        format = "inline-toml"
        contents = { a = "b" }
        [[local_server.secret_stores.secrets]]
        key = "token"
        data = "s3cret"
        [[local_server.kv_stores.things]]
        key = "first"
        data = "one"
        metadata = "about"
        """;

    private const int Ok = 1, NotFound = 3, PreconditionFailed = 4;

    [Theory]
    [InlineData("fastly_dictionary")]
    [InlineData("fastly_config_store")]
    public async Task Configuration_IsRead(string module)
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        foreach (var (store, key, value) in new[] { ("settings", "greeting", "hello"), ("old", "a", "b") })
        {
            var (name, nameLength) = guest.Put(store);
            var handle = guest.Get($"{module}.open", name, nameLength);
            Assert.Equal(handle, guest.Get($"{module}.open", name, nameLength));
            var (pointer, length) = guest.Put(key);
            Assert.Equal(value, guest.GetText($"{module}.get", handle, pointer, length));
            Assert.Equal(FastlyStatus.BufferLength, guest.Call($"{module}.get", handle, pointer, length, AbiGuest.Buffer, 0, AbiGuest.Written));
            Assert.Equal(value.Length, guest.Read(AbiGuest.Written));
            var (none, noneLength) = guest.Put("none");
            Assert.Equal(FastlyStatus.None, guest.Call($"{module}.get", handle, none, noneLength, AbiGuest.Buffer, 100, AbiGuest.Written));
            Assert.Equal(FastlyStatus.BadHandle, guest.Call($"{module}.open", none, noneLength, AbiGuest.Result));
        }
    }

    [Fact]
    public async Task Secrets_AreRead_AndNotLogged()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var (name, nameLength) = guest.Put("secrets");
        var store = guest.Get("fastly_secret_store.open", name, nameLength);
        var (key, keyLength) = guest.Put("token");
        var secret = guest.Get("fastly_secret_store.get", store, key, keyLength);
        Assert.Equal("s3cret", guest.GetText("fastly_secret_store.plaintext", secret));
        var (bytes, length) = guest.Put("made");
        Assert.Equal("made", guest.GetText("fastly_secret_store.plaintext", guest.Get("fastly_secret_store.from_bytes", bytes, length)));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_secret_store.get", store, bytes, length, AbiGuest.Result));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_secret_store.open", bytes, length, AbiGuest.Result));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_secret_store.plaintext", store, AbiGuest.Buffer, 100, AbiGuest.Written));
        Assert.DoesNotContain(guest.Log.Lines, line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    private static int Open(AbiGuest guest, string module = "fastly_kv_store")
    {
        var (name, length) = guest.Put("things");
        return guest.Get($"{module}.open", name, length);
    }

    private static (int Error, string? Value, string Metadata, long Generation) Lookup(AbiGuest guest, int store, string key)
    {
        var (pointer, length) = guest.Put(key);
        var pending = guest.Get("fastly_kv_store.lookup", store, pointer, length, 0, AbiGuest.Buffer);
        guest.Write(AbiGuest.Written, 0);
        guest.Do("fastly_kv_store.lookup_wait_v2", pending, AbiGuest.Result2, AbiGuest.Buffer, 100, AbiGuest.Written, AbiGuest.Result3, AbiGuest.Result);
        var error = guest.Read(AbiGuest.Result);
        var metadata = guest.Text(AbiGuest.Buffer, guest.Read(AbiGuest.Written));
        var generation = guest.ReadLong(AbiGuest.Result3);
        return (error, error == Ok ? guest.ReadBody(guest.Read(AbiGuest.Result2)) : null, metadata, generation);
    }

    private static int Insert(AbiGuest guest, int store, string key, string value, int mode = 0, string? metadata = null, int? seconds = null, long? generation = null)
    {
        var (pointer, length) = guest.Put(key);
        var options = guest.PutEmpty(32);
        guest.Write(options, mode);
        var mask = 0;
        if (metadata is not null)
        {
            var (m, metadataLength) = guest.Put(metadata);
            guest.Write(options + 8, m);
            guest.Write(options + 12, metadataLength);
            mask |= 8;
        }

        if (seconds is { } time)
        {
            guest.Write(options + 16, time);
            mask |= 16;
        }

        if (generation is { } number)
        {
            guest.WriteLong(options + 24, number);
            mask |= 32;
        }

        var pending = guest.Get("fastly_kv_store.insert", store, pointer, length, guest.NewBody(value), mask, options);
        guest.Do("fastly_kv_store.insert_wait", pending, AbiGuest.Result);
        return guest.Read(AbiGuest.Result);
    }

    [Fact]
    public async Task Keys_AreInserted_UnderConditions()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var store = Open(guest);
        Assert.Equal("one", Lookup(guest, store, "first").Value);
        Assert.Equal("about", Lookup(guest, store, "first").Metadata);
        Assert.Equal(NotFound, Lookup(guest, store, "second").Error);
        Assert.Equal(Ok, Insert(guest, store, "second", "two", metadata: "new"));
        var (_, value, metadata, generation) = Lookup(guest, store, "second");
        Assert.Equal(("two", "new"), (value, metadata));
        Assert.Equal(PreconditionFailed, Insert(guest, store, "second", "x", mode: 1));
        Assert.Equal(PreconditionFailed, Insert(guest, store, "second", "x", generation: generation + 1));
        Assert.Equal(Ok, Insert(guest, store, "second", "2", generation: generation));
        Assert.Equal(Ok, Insert(guest, store, "second", "!", mode: 2));
        Assert.Equal(Ok, Insert(guest, store, "second", "=", mode: 3));
        Assert.Equal("=2!", Lookup(guest, store, "second").Value);
        var (key, length) = guest.Put("second");
        var pending = guest.Get("fastly_kv_store.delete", store, key, length, 0, AbiGuest.Buffer);
        guest.Do("fastly_kv_store.delete_wait", pending, AbiGuest.Result);
        Assert.Equal(Ok, guest.Read(AbiGuest.Result));
        Assert.Equal(NotFound, Lookup(guest, store, "second").Error);
    }

    [Fact]
    public async Task Keys_LiveAsLongAsTheyMay()
    {
        var time = new FakeTimeProvider();
        using var guest = await AbiGuest.StartAsync(Toml, services: new FastlyServices { Capabilities = TestApplication.Usual, KeyValues = new MemoryKeyValueDatabase(time) });
        var store = Open(guest);
        Assert.Equal(Ok, Insert(guest, store, "short", "x", seconds: 10));
        Assert.Equal("x", Lookup(guest, store, "short").Value);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(NotFound, Lookup(guest, store, "short").Error);
    }

    [Fact]
    public async Task Keys_AreListed_ByPages()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var store = Open(guest);
        foreach (var key in new[] { "p1", "p2", "p3" }) Insert(guest, store, key, "x");
        var options = guest.PutEmpty(24);
        var (prefix, length) = guest.Put("p");
        guest.Write(options + 12, 2);
        guest.Write(options + 16, prefix);
        guest.Write(options + 20, length);
        var pending = guest.Get("fastly_kv_store.list", store, 4 | 8, options);
        guest.Do("fastly_kv_store.list_wait", pending, AbiGuest.Result2, AbiGuest.Result);
        var page = System.Text.Json.Nodes.JsonNode.Parse(guest.ReadBody(guest.Read(AbiGuest.Result2)))!;
        Assert.Equal("""["p1","p2"]""", page["data"]!.ToJsonString());
        Assert.Equal(2, (int)page["meta"]!["limit"]!);
        var (cursor, cursorLength) = guest.Put((string)page["meta"]!["next_cursor"]!);
        guest.Write(options + 4, cursor);
        guest.Write(options + 8, cursorLength);
        pending = guest.Get("fastly_kv_store.list", store, 2 | 4 | 8, options);
        guest.Do("fastly_kv_store.list_wait", pending, AbiGuest.Result2, AbiGuest.Result);
        page = System.Text.Json.Nodes.JsonNode.Parse(guest.ReadBody(guest.Read(AbiGuest.Result2)))!;
        Assert.Equal("""["p3"]""", page["data"]!.ToJsonString());
        Assert.Null(page["meta"]!["next_cursor"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData(".well-known/acme-challenge/x")]
    [InlineData("a\nb")]
    [InlineData("a#b")]
    [InlineData(" ")]
    public async Task Keys_ThatAreNone_AreRefused(string key)
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var (pointer, length) = guest.Put(key);
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_kv_store.lookup", Open(guest), pointer, length, 0, AbiGuest.Buffer, AbiGuest.Result));
    }

    [Fact]
    public async Task OldFunctions_DoTheSame()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var store = Open(guest, "fastly_object_store");
        var (key, length) = guest.Put("k");
        guest.Write(AbiGuest.Result, -7);
        guest.Do("fastly_object_store.lookup", store, key, length, AbiGuest.Result);
        Assert.Equal(-7, guest.Read(AbiGuest.Result));
        guest.Do("fastly_object_store.insert", store, key, length, guest.NewBody("v"));
        Assert.Equal("v", guest.ReadBody(guest.Get("fastly_object_store.lookup", store, key, length)));
        guest.Do("fastly_object_store.pending_insert_wait", guest.Get("fastly_object_store.insert_async", store, key, length, guest.NewBody("w")));
        Assert.Equal("w", guest.ReadBody(guest.Get("fastly_object_store.pending_lookup_wait", guest.Get("fastly_object_store.lookup_async", store, key, length))));
        guest.Do("fastly_object_store.pending_delete_wait", guest.Get("fastly_object_store.delete_async", store, key, length));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_object_store.pending_delete_wait", guest.Get("fastly_object_store.delete_async", store, key, length)));
        // What one ABI begins the other can end, as their handles are the same; other kinds it cannot.
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_object_store.pending_delete_wait", guest.Get("fastly_object_store.lookup_async", store, key, length)));
    }

    [Fact]
    public async Task Stores_OfTheConfigurationAlone_AreOpened()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var (name, length) = guest.Put("others");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_kv_store.open", name, length, AbiGuest.Result));
    }

    [Fact]
    public async Task WhatIsThere_IsNotReplaced_WhenTheApplicationStartsAgain()
    {
        var services = new FastlyServices { Capabilities = TestApplication.Usual, KeyValues = new MemoryKeyValueDatabase() };
        using (var guest = await AbiGuest.StartAsync(Toml, services: services)) Assert.Equal(Ok, Insert(guest, Open(guest), "first", "changed"));
        using var again = await AbiGuest.StartAsync(Toml, services: services);
        Assert.Equal("changed", Lookup(again, Open(again), "first").Value);
        using var other = await AbiGuest.StartAsync(Toml, services: services with { App = "other" });
        Assert.Equal("one", Lookup(other, Open(other), "first").Value);
    }
}
