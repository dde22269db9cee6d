using Coffer.Fastly.Abi;
using Microsoft.Extensions.Time.Testing;

namespace Coffer.Fastly.Tests.Abi;

public sealed class CacheTests
{
    private const int Found = 1, Usable = 2, Stale = 4, MustInsert = 8;
    private const long Second = 1_000_000_000;
    private readonly FakeTimeProvider time = new();

    private Task<AbiGuest> StartAsync() => AbiGuest.StartAsync(services: new FastlyServices { Capabilities = TestApplication.Usual, Time = time });

    private static int Options(
        AbiGuest guest, out int mask, long maxAge, int? request = null, string? vary = null, long? stale = null, string? keys = null, long? length = null, string? metadata = null, long? age = null)
    {
        var block = guest.PutEmpty(80);
        mask = 0;
        guest.WriteLong(block, maxAge);
        if (request is { } handle)
        {
            guest.Write(block + 8, handle);
            mask |= 2;
        }

        Text(12, vary, 4, ref mask);
        Number(24, age, 8, ref mask);
        Number(32, stale, 16, ref mask);
        Text(40, keys, 32, ref mask);
        Number(48, length, 64, ref mask);
        Text(56, metadata, 128, ref mask);
        return block;

        void Text(int offset, string? text, int bit, ref int bits)
        {
            if (text is null) return;
            var (pointer, size) = guest.Put(text);
            guest.Write(block + offset, pointer);
            guest.Write(block + offset + 4, size);
            bits |= bit;
        }

        void Number(int offset, long? number, int bit, ref int bits)
        {
            if (number is not { } value) return;
            guest.WriteLong(block + offset, value);
            bits |= bit;
        }
    }

    private static int Lookup(AbiGuest guest, string key, string function = "lookup", int? request = null)
    {
        var (pointer, length) = guest.Put(key);
        var options = guest.PutEmpty(16);
        if (request is { } handle) guest.Write(options, handle);
        return guest.Get($"fastly_cache.{function}", pointer, length, request is null ? 0 : 2, options);
    }

    private static string BodyOf(AbiGuest guest, int lookup) => guest.ReadBody(guest.Get("fastly_cache.get_body", lookup, 0, guest.PutEmpty(16)));

    private static void Insert(AbiGuest guest, string key, string value, int block, int mask)
    {
        var (pointer, length) = guest.Put(key);
        var body = guest.Get("fastly_cache.insert", pointer, length, mask, block);
        guest.WriteBody(body, value);
        guest.Do("fastly_http_body.close", body);
    }

    [Fact]
    public async Task Objects_AreInserted_AndFound_UntilTheyAreOld()
    {
        using var guest = await StartAsync();
        Assert.Equal(0, guest.Get("fastly_cache.get_state", Lookup(guest, "k")));
        var block = Options(guest, out var mask, 10 * Second, stale: 5 * Second, metadata: "meta", length: 5);
        Insert(guest, "k", "value", block, mask);
        var lookup = Lookup(guest, "k");
        Assert.Equal(Found | Usable, guest.Get("fastly_cache.get_state", lookup));
        Assert.Equal("meta", guest.GetText("fastly_cache.get_user_metadata", lookup));
        Assert.Equal("value", BodyOf(guest, lookup));
        foreach (var (function, expected) in new[] { ("get_length", 5L), ("get_max_age_ns", 10 * Second), ("get_stale_while_revalidate_ns", 5 * Second), ("get_age_ns", 0L), ("get_hits", 1L) })
        {
            guest.Do($"fastly_cache.{function}", lookup, AbiGuest.Result);
            Assert.Equal(expected, guest.ReadLong(AbiGuest.Result));
        }

        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(Found | Usable | Stale, guest.Get("fastly_cache.get_state", Lookup(guest, "k")));
        time.Advance(TimeSpan.FromSeconds(5));
        var gone = Lookup(guest, "k");
        Assert.Equal(0, guest.Get("fastly_cache.get_state", gone));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_cache.get_length", gone, AbiGuest.Result));
        Assert.Equal(FastlyStatus.None, guest.Call("fastly_cache.get_body", gone, 0, guest.PutEmpty(16), AbiGuest.Result));
    }

    [Theory]
    [InlineData(2L, null, "cdefgh")]
    [InlineData(2L, 4L, "cde")]
    [InlineData(null, 3L, "fgh")]
    [InlineData(4L, 2L, "abcdefgh")]
    [InlineData(99L, null, "abcdefgh")]
    [InlineData(0L, 0L, "a")]
    [InlineData(null, 0L, "abcdefgh")]
    [InlineData(-1L, -1L, "abcdefgh")]
    public async Task Ranges_AreThoseOfHttp(long? from, long? to, string expected)
    {
        using var guest = await StartAsync();
        var block = Options(guest, out var mask, Second);
        Insert(guest, "k", "abcdefgh", block, mask);
        var options = guest.PutEmpty(16);
        if (from is { } first) guest.WriteLong(options, first);
        if (to is { } last) guest.WriteLong(options + 8, last);
        var body = guest.Get("fastly_cache.get_body", Lookup(guest, "k"), (from is null ? 0 : 2) | (to is null ? 0 : 4), options);
        Assert.Equal(expected, guest.ReadBody(body));
    }

    [Fact]
    public async Task Body_IsRead_OneAtATime()
    {
        using var guest = await StartAsync();
        var block = Options(guest, out var mask, Second);
        Insert(guest, "k", "v", block, mask);
        var lookup = Lookup(guest, "k");
        var body = guest.Get("fastly_cache.get_body", lookup, 0, guest.PutEmpty(16));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_cache.get_body", lookup, 0, guest.PutEmpty(16), AbiGuest.Result));
        guest.Do("fastly_http_body.close", body);
        Assert.Equal("v", BodyOf(guest, lookup));
    }

    [Fact]
    public async Task Transactions_AreCollapsed_AcrossRuns()
    {
        using var first = await StartAsync();
        using var second = first.Another();
        var leader = Lookup(first, "k", "transaction_lookup");
        Assert.Equal(MustInsert, first.Get("fastly_cache.get_state", leader));
        var follower = Lookup(second, "k", "transaction_lookup_async");
        Assert.Equal(0, second.Get("fastly_async_io.is_ready", follower));
        var block = Options(first, out var mask, 10 * Second);
        first.Do("fastly_cache.transaction_insert_and_stream_back", leader, mask, block, AbiGuest.Result, AbiGuest.Result2);
        var (writer, back) = (first.Read(AbiGuest.Result), first.Read(AbiGuest.Result2));
        var found = second.Get("fastly_cache.cache_busy_handle_wait", follower);
        Assert.Equal(FastlyStatus.BadHandle, second.Call("fastly_cache.cache_busy_handle_wait", follower, AbiGuest.Result));
        Assert.Equal(Found | Usable, second.Get("fastly_cache.get_state", found));
        // What is written can be read before it is whole.
        first.WriteBody(writer, "one ");
        var body = second.Get("fastly_cache.get_body", found, 0, second.PutEmpty(16));
        Assert.Equal(4, second.Get("fastly_http_body.read", body, AbiGuest.Buffer, 100));
        first.WriteBody(writer, "two");
        first.Do("fastly_http_body.close", writer);
        Assert.Equal("two", second.ReadBody(body));
        Assert.Equal("one two", BodyOf(first, back));
        Assert.Equal(FastlyStatus.BadHandle, first.Call("fastly_cache.transaction_insert", leader, mask, block, AbiGuest.Result));
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("close")]
    [InlineData("end")]
    public async Task Obligation_ThatIsGivenUp_GoesToWhoWaits(string how)
    {
        using var second = await StartAsync();
        var first = second.Another();
        var leader = Lookup(first, "k", "transaction_lookup");
        var follower = Lookup(second, "k", "transaction_lookup_async");
        if (how == "cancel") first.Do("fastly_cache.transaction_cancel", leader);
        else if (how == "close") first.Do("fastly_cache.close", leader);
        else first.Session.Dispose();
        var handle = second.Get("fastly_cache.cache_busy_handle_wait", follower);
        Assert.Equal(MustInsert, second.Get("fastly_cache.get_state", handle));
        if (how == "cancel") Assert.Equal(FastlyStatus.BadHandle, first.Call("fastly_cache.transaction_cancel", leader));
    }

    [Fact]
    public async Task WriterThatGivesUp_LeavesNothing()
    {
        using var guest = await StartAsync();
        var (pointer, length) = guest.Put("k");
        var block = Options(guest, out var mask, Second);
        var body = guest.Get("fastly_cache.insert", pointer, length, mask, block);
        guest.WriteBody(body, "half");
        var lookup = Lookup(guest, "k");
        guest.Do("fastly_http_body.abandon", body);
        var reader = guest.Get("fastly_cache.get_body", lookup, 0, guest.PutEmpty(16));
        Assert.Equal(4, guest.Get("fastly_http_body.read", reader, AbiGuest.Buffer, 100));
        Assert.Equal(FastlyStatus.Error, guest.Call("fastly_http_body.read", reader, AbiGuest.Buffer, 100, AbiGuest.Result));
        Assert.Equal(0, guest.Get("fastly_cache.get_state", Lookup(guest, "k")));
    }

    [Fact]
    public async Task Stale_IsUsed_WhileOneRevalidates()
    {
        using var guest = await StartAsync();
        var block = Options(guest, out var mask, Second, stale: 100 * Second);
        Insert(guest, "k", "v", block, mask);
        time.Advance(TimeSpan.FromSeconds(2));
        var leader = Lookup(guest, "k", "transaction_lookup");
        Assert.Equal(Found | Usable | Stale | MustInsert, guest.Get("fastly_cache.get_state", leader));
        Assert.Equal(Found | Usable | Stale, guest.Get("fastly_cache.get_state", Lookup(guest, "k", "transaction_lookup")));
        block = Options(guest, out mask, 50 * Second);
        guest.Do("fastly_cache.transaction_update", leader, mask, block);
        var fresh = Lookup(guest, "k", "transaction_lookup");
        Assert.Equal(Found | Usable, guest.Get("fastly_cache.get_state", fresh));
        Assert.Equal("v", BodyOf(guest, fresh));
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_cache.transaction_update", leader, mask, block));
    }

    [Fact]
    public async Task Variants_AreKeptByHeaders()
    {
        using var guest = await StartAsync();
        foreach (var language in new[] { "de", "en" })
        {
            var request = guest.NewRequest("/");
            guest.SetHeader("fastly_http_req", request, "accept-language", language);
            var block = Options(guest, out var mask, Second, request: request, vary: "Accept-Language");
            Insert(guest, "k", language, block, mask);
        }

        foreach (var language in new[] { "de", "en" })
        {
            var request = guest.NewRequest("/");
            guest.SetHeader("fastly_http_req", request, "Accept-Language", language);
            Assert.Equal(language, BodyOf(guest, Lookup(guest, "k", request: request)));
        }

        var other = guest.NewRequest("/");
        Assert.Equal(0, guest.Get("fastly_cache.get_state", Lookup(guest, "k", request: other)));
    }

    [Fact]
    public async Task Purges_AreByKey_HardAndSoft()
    {
        using var guest = await StartAsync();
        var block = Options(guest, out var mask, Second, stale: Second, keys: "all one");
        Insert(guest, "1", "1", block, mask);
        block = Options(guest, out mask, Second, stale: Second, keys: "all two");
        Insert(guest, "2", "2", block, mask);
        var (key, length) = guest.Put("one");
        guest.Do("fastly_purge.purge_surrogate_key", key, length, 0, guest.PutEmpty(16));
        Assert.Equal(0, guest.Get("fastly_cache.get_state", Lookup(guest, "1")));
        (key, length) = guest.Put("all");
        guest.Do("fastly_purge.purge_surrogate_key", key, length, 1, guest.PutEmpty(16));
        Assert.Equal(Found | Usable | Stale, guest.Get("fastly_cache.get_state", Lookup(guest, "2")));
        (key, length) = guest.Put("not a key");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_purge.purge_surrogate_key", key, length, 0, guest.PutEmpty(16)));
    }

    [Fact]
    public async Task Options_ThatAreWrong_AreRefused()
    {
        using var guest = await StartAsync();
        var (key, length) = guest.Put("k");
        var block = Options(guest, out _, Second);
        Assert.Equal(FastlyStatus.Unsupported, guest.Call("fastly_cache.insert", key, length, 1 << 10, block, AbiGuest.Result));
        Assert.Equal(FastlyStatus.Unsupported, guest.Call("fastly_cache.lookup", key, length, 4, block, AbiGuest.Result));
        guest.WriteLong(block + 64, 2 * Second);
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_cache.insert", key, length, 1 << 9, block, AbiGuest.Result));
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_cache.insert", key, 5000, 0, block, AbiGuest.Result));
        var leader = Lookup(guest, "k", "transaction_lookup");
        Assert.Equal(FastlyStatus.InvalidArgument, guest.Call("fastly_cache.transaction_insert", leader, 2, block, AbiGuest.Result));
        Assert.Equal(MustInsert, guest.Get("fastly_cache.get_state", leader));
    }

    [Fact]
    public async Task Length_ThatIsNotKept_FailsTheWriter()
    {
        using var guest = await StartAsync();
        var (key, length) = guest.Put("k");
        var block = Options(guest, out var mask, Second, length: 3);
        var body = guest.Get("fastly_cache.insert", key, length, mask, block);
        var (bytes, count) = guest.Put("four");
        Assert.Equal(FastlyStatus.LimitExceeded, guest.Call("fastly_http_body.write", body, bytes, count, 0, AbiGuest.Result));
        Assert.Equal(0, guest.Get("fastly_cache.get_state", Lookup(guest, "k")));
    }
}
