using System.Text;

namespace Coffer.Stores.Tests.Caching;

public class ObjectCacheTests
{
    private static readonly CacheWrite Minute = new() { MaxAge = TimeSpan.FromMinutes(1), StaleWhileRevalidate = TimeSpan.FromMinutes(1) };

    private readonly SettableClock time = new();
    private readonly ObjectCache cache;

    public ObjectCacheTests() => cache = Make();

    [Fact]
    public async Task Insert_ThenLookup_GivesTheObject()
    {
        Put("k", "hello", Minute with { Metadata = new byte[] { 7 }, InitialAge = TimeSpan.FromSeconds(10) });
        time.Advance(TimeSpan.FromSeconds(5));
        var found = cache.Lookup("k"u8);
        Assert.NotNull(found);
        Assert.Equal("hello", await ReadAsync(found));
        Assert.Equal(TimeSpan.FromSeconds(15), found.Age);
        Assert.Equal(5, found.Length);
        Assert.Equal(1, found.Hits);
        Assert.Null(cache.Lookup("other"u8));
        Assert.Equal(1, cache.Statistics.Misses);
    }

    [Fact]
    public void Lookup_ByAge_IsFreshThenStaleThenGone()
    {
        Put("k", "v", Minute);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(cache.Lookup("k"u8)!.IsFresh);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(cache.Lookup("k"u8)!.IsFresh);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(cache.Lookup("k"u8));
    }

    [Fact]
    public void Age_ClockIsSet_StaysAsItWas()
    {
        Put("k", "v", Minute);
        time.SetBy(TimeSpan.FromDays(3));
        Assert.True(cache.Lookup("k"u8)!.IsFresh);
        time.SetBy(TimeSpan.FromDays(-30));
        Assert.Equal(TimeSpan.Zero, cache.Lookup("k"u8)!.Age);
    }

    [Fact]
    public async Task Begin_WithoutObject_OneFillsAndOthersWait()
    {
        using var first = await cache.BeginAsync("k"u8);
        Assert.True(first.MustFill);
        var others = Enumerable.Range(0, 20).Select(_ => cache.BeginAsync("k"u8).AsTask()).ToList();
        Assert.DoesNotContain(others, other => other.IsCompleted);
        using var fill = first.Insert(Minute);
        foreach (var other in others)
        {
            using var transaction = await other.WaitAsync(TimeSpan.FromSeconds(10));
            Assert.False(transaction.MustFill);
            Assert.NotNull(transaction.Found);
        }

        // The body is read while it is written.
        var reading = ReadAsync((await others[0]).Found!);
        fill.Append("one "u8);
        fill.Append("two"u8);
        Assert.False(reading.IsCompleted);
        fill.Complete();
        Assert.Equal("one two", await reading.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal(20, cache.Statistics.Collapsed);
    }

    [Fact]
    public async Task Begin_FillerGivesUp_ExactlyOneOtherIsTold()
    {
        var first = await cache.BeginAsync("k"u8);
        var others = Enumerable.Range(0, 10).Select(_ => cache.BeginAsync("k"u8).AsTask()).ToList();
        first.Dispose();
        for (var left = others.Count; left > 0; left--)
        {
            var next = await Task.WhenAny(others).WaitAsync(TimeSpan.FromSeconds(10));
            others.Remove(next);
            var transaction = await next;
            Assert.True(transaction.MustFill);
            await Task.Delay(10);
            Assert.DoesNotContain(others, other => other.IsCompleted);
            transaction.Dispose();
        }

        Assert.Equal(0, cache.Statistics.Objects);
    }

    [Fact]
    public async Task Begin_WithStaleObject_OneRevalidatesAndOthersUseIt()
    {
        Put("k", "old", Minute);
        time.Advance(TimeSpan.FromSeconds(61));
        using var first = await cache.BeginAsync("k"u8);
        Assert.True(first is { MustFill: true, IsStale: true, Found: not null });
        using var second = await cache.BeginAsync("k"u8);
        Assert.True(second is { MustFill: false, IsStale: true, Found: not null });
        first.Update(Minute with { SurrogateKeys = ["s"] });
        Assert.False(first.MustFill);
        var found = cache.Lookup("k"u8)!;
        Assert.True(found.IsFresh);
        Assert.Equal("old", await ReadAsync(found));
        Assert.Equal(1, cache.Purge("s"));
        Assert.Equal(0, cache.Statistics.Bytes);
    }

    [Fact]
    public async Task Begin_WaitIsCancelled_LeavesTheOthers()
    {
        using var first = await cache.BeginAsync("k"u8);
        using var cancellation = new CancellationTokenSource();
        var impatient = cache.BeginAsync("k"u8, null, cancellation.Token).AsTask();
        var patient = cache.BeginAsync("k"u8).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        first.Cancel();
        Assert.True((await patient.WaitAsync(TimeSpan.FromSeconds(10))).MustFill);
    }

    [Fact]
    public async Task Transaction_Twice_IsRefused()
    {
        using var transaction = await cache.BeginAsync("k"u8);
        Assert.Equal(CacheFailure.NoObligation, Assert.Throws<CacheException>(() => transaction.Update(Minute)).Failure);
        Assert.True(transaction.MustFill);
        transaction.Insert(Minute).Complete();
        Assert.Equal(CacheFailure.NoObligation, Assert.Throws<CacheException>(() => transaction.Insert(Minute)).Failure);
        Assert.False(transaction.Cancel());
    }

    [Fact]
    public async Task Transaction_RefusedInsert_KeepsTheObligation()
    {
        using var transaction = await cache.BeginAsync("k"u8);
        Assert.Throws<CacheException>(() => transaction.Insert(Minute with { Length = long.MaxValue }));
        Assert.Throws<CacheException>(() => transaction.Insert(Minute with { MaxAge = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<CacheException>(() => transaction.Insert(Minute with { InitialAge = TimeSpan.MaxValue }));
        Assert.True(transaction.MustFill);
    }

    [Fact]
    public async Task Vary_KeepsVariantsApart()
    {
        var write = Minute with { Vary = ["Accept-Language", "ACCEPT-language"] };
        Put("k", "hallo", write, Header("accept-language", "de"));
        Put("k", "hello", write, Header("accept-language", "en"));
        Assert.Equal("hallo", await ReadAsync(cache.Lookup("k"u8, Header("accept-language", "de"))!));
        Assert.Equal("hello", await ReadAsync(cache.Lookup("k"u8, Header("accept-language", "en"))!));
        Assert.Null(cache.Lookup("k"u8));
        Assert.Null(cache.Lookup("k"u8, Header("accept-language", "")));
        using var other = await cache.BeginAsync("k"u8, Header("accept-language", "fr"));
        Assert.True(other.MustFill);
        using var known = await cache.BeginAsync("k"u8, Header("accept-language", "de"));
        Assert.NotNull(known.Found);
    }

    [Fact]
    public void Vary_ValuesThatLookLikeOthers_AreNot()
    {
        var write = Minute with { Vary = ["a", "b"] };
        Func<string, string?> tricky = name => name == "a" ? "x\nb:1:y" : null;
        Func<string, string?> plain = name => name == "a" ? "x" : "y";
        Put("k", "tricky", write, tricky);
        Assert.Null(cache.Lookup("k"u8, plain));
    }

    [Fact]
    public async Task Vary_LearntFromTheFirstAnswer_SeparatesWhoWaited()
    {
        using var first = await cache.BeginAsync("k"u8, Header("accept", "a"));
        var same = cache.BeginAsync("k"u8, Header("accept", "a")).AsTask();
        var other = cache.BeginAsync("k"u8, Header("accept", "b")).AsTask();
        first.Insert(Minute with { Vary = ["accept"] }).Complete();
        Assert.False((await same.WaitAsync(TimeSpan.FromSeconds(10))).MustFill);
        Assert.True((await other.WaitAsync(TimeSpan.FromSeconds(10))).MustFill);
    }

    [Fact]
    public async Task Purge_HardAndSoft()
    {
        Put("a", "v", Minute with { SurrogateKeys = ["x", "y"] });
        Put("b", "v", Minute with { SurrogateKeys = ["x"] });
        Put("c", "v", Minute);
        Assert.Equal(2, cache.Purge("x", soft: true));
        Assert.False(cache.Lookup("a"u8)!.IsFresh);
        using (var transaction = await cache.BeginAsync("a"u8)) Assert.True(transaction is { MustFill: true, Found: not null });
        Assert.Equal(1, cache.Purge("y"));
        Assert.Null(cache.Lookup("a"u8));
        Assert.NotNull(cache.Lookup("b"u8));
        Assert.Equal(0, cache.Purge("y"));
        Assert.Equal(2, cache.PurgeAll());
        Assert.Equal(0, cache.Statistics.Bytes);
    }

    [Fact]
    public void Bytes_AreBounded_AndWhatWasNotUsedGoesFirst()
    {
        var small = Make(new ObjectCacheOptions { Bytes = 10_000, ObjectBytes = 2000, TimeProvider = time });
        for (var index = 0; index < 100; index++)
        {
            Put($"k{index}", new string('x', 1000), Minute, cache: small);
            Assert.True(small.Statistics.Bytes <= 10_000);
            small.Lookup("k0"u8);
        }

        Assert.NotNull(small.Lookup("k0"u8));
        Assert.Null(small.Lookup("k1"u8));
        Assert.NotNull(small.Lookup("k99"u8));
        Assert.True(small.Statistics.Evictions > 90);
    }

    [Fact]
    public void Bytes_OfWhatIsBeingWritten_AreBoundedToo()
    {
        var small = Make(new ObjectCacheOptions { Bytes = 5000, ObjectBytes = 4000, TimeProvider = time });
        var first = small.Insert("a"u8, Minute);
        first.Append(new byte[3900]);
        var second = small.Insert("b"u8, Minute);
        Assert.Equal(CacheFailure.Full, Assert.Throws<CacheException>(() => second.Append(new byte[3000])).Failure);
        Assert.Null(small.Lookup("b"u8));
        Assert.Equal(CacheFailure.BodySize, Assert.Throws<CacheException>(() => first.Append(new byte[200])).Failure);
        Assert.Equal(0, small.Statistics.Bytes);
    }

    [Fact]
    public async Task Fill_Abandoned_TellsReadersAndLeavesNothing()
    {
        var fill = cache.Insert("k"u8, Minute);
        var reading = ReadAsync(fill.Object);
        fill.Append("part"u8);
        fill.Dispose();
        Assert.Equal(CacheFailure.Abandoned, (await Assert.ThrowsAsync<CacheException>(() => reading)).Failure);
        Assert.Null(cache.Lookup("k"u8));
        Assert.Equal(0, cache.Statistics.Bytes);
    }

    [Theory]
    [InlineData("12345")]
    [InlineData("123")]
    public void Fill_OfAnotherLengthThanSaid_IsRefused(string body)
    {
        var fill = cache.Insert("k"u8, Minute with { Length = 4 });
        Assert.Equal(CacheFailure.BodySize, Assert.Throws<CacheException>(() =>
        {
            fill.Append(Encoding.UTF8.GetBytes(body));
            fill.Complete();
        }).Failure);
        Assert.Null(cache.Lookup("k"u8));
    }

    [Fact]
    public async Task Read_FromEveryOffset_GivesTheRest()
    {
        var fill = cache.Insert("k"u8, Minute);
        foreach (var part in (string[])["ab", "c", "", "defg"]) fill.Append(Encoding.UTF8.GetBytes(part));
        fill.Complete();
        for (var offset = 0; offset <= 8; offset++)
        {
            var buffer = new byte[16];
            var count = await fill.Object.ReadAsync(offset, buffer);
            Assert.Equal("abcdefg"[Math.Min(offset, 7)..], Encoding.UTF8.GetString(buffer, 0, count));
        }
    }

    [Fact]
    public void Arguments_BeyondBounds_AreRefused()
    {
        Assert.Throws<CacheException>(() => cache.Lookup(new byte[4097]));
        Assert.Throws<CacheException>(() => cache.Insert("k"u8, Minute with { Metadata = new byte[70_000] }));
        Assert.Throws<CacheException>(() => cache.Insert("k"u8, Minute with { SurrogateKeys = [new string('x', 20_000)] }));
        Assert.Throws<CacheException>(() => cache.Insert("k"u8, Minute with { Vary = [.. Enumerable.Range(0, 40).Select(index => $"h{index}")] }));
        Assert.Equal(0, cache.Statistics.Bytes);
    }

    [Fact]
    public async Task Everything_AtOnce_StaysConsistent()
    {
        var small = Make(new ObjectCacheOptions { Bytes = 50_000, ObjectBytes = 4000 });
        var filling = new int[20];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var round = 0; round < 500; round++)
            {
                var number = random.Next(20);
                var key = BitConverter.GetBytes(number);
                using var transaction = await small.BeginAsync(key);
                if (transaction.MustFill)
                {
                    Assert.Equal(1, Interlocked.Increment(ref filling[number]));
                    await Task.Yield();
                    Interlocked.Decrement(ref filling[number]);
                    if (random.Next(4) == 0) continue;
                    using var fill = transaction.Insert(Minute with { MaxAge = TimeSpan.FromMilliseconds(1), SurrogateKeys = [$"s{number % 3}"] });
                    for (var part = 0; part < 4; part++) fill.Append(key);
                    if (random.Next(8) > 0) fill.Complete();
                }
                else
                {
                    try
                    {
                        Assert.Equal(16, (await ReadAsync(transaction.Found!)).Length);
                    }
                    catch (CacheException exception) when (exception.Failure == CacheFailure.Abandoned)
                    {
                        // Its writer gave up.
                    }
                }

                if (random.Next(50) == 0) small.Purge($"s{random.Next(3)}", soft: random.Next(2) == 0);
            }
        })));
        small.PurgeAll();
        Assert.Equal(0, small.Statistics.Bytes);
        Assert.Equal(0, small.Statistics.Objects);
        Assert.Equal(0, small.Keys);
    }

    private ObjectCache Make(ObjectCacheOptions? options = null) => new(options ?? new ObjectCacheOptions { TimeProvider = time });

    private void Put(string key, string body, CacheWrite write, Func<string, string?>? header = null, ObjectCache? cache = null)
    {
        using var fill = (cache ?? this.cache).Insert(Encoding.UTF8.GetBytes(key), write, header);
        fill.Append(Encoding.UTF8.GetBytes(body));
        fill.Complete();
    }

    private static Func<string, string?> Header(string name, string value) => asked => asked == name ? value : null;

    private static async Task<string> ReadAsync(CachedObject from)
    {
        var all = new MemoryStream();
        var buffer = new byte[3];
        for (int count; (count = await from.ReadAsync(all.Length, buffer)) > 0;) all.Write(buffer, 0, count);
        return Encoding.Latin1.GetString(all.ToArray());
    }
}
