using Coffer.Fastly.Abi;

namespace Coffer.Fastly.Tests.Hostile;

/// <summary>Guests that call every function with pointers, lengths and handles that are wrong: a status, and nothing worse.</summary>
public sealed class HostileCallTests
{
    private const string Toml = """
        [local_server.backends.origin]
        url = "http://127.0.0.1:1"
        [local_server.config_stores.s]
        format = "inline-toml"
        contents = { k = "v" }
        [[local_server.secret_stores.s]]
        key = "k"
        data = "v"
        [[local_server.kv_stores.s]]
        key = "k"
        data = "v"
        """;

    // What waits, as it should, for what a random call never makes happen.
    private static readonly string[] Waiting = ["transaction_lookup", "cache_busy_handle_wait", "select"];

    private static readonly int[] BadNumbers =
    [
        0, 1, 2, 3, 7, -1, -2, int.MaxValue, int.MinValue, AbiGuest.MemorySize, AbiGuest.MemorySize - 1, AbiGuest.MemorySize - 4, AbiGuest.MemorySize - 3, AbiGuest.Buffer,
        AbiGuest.Buffer + 1, 0x10000, 0x7fff_0000, unchecked((int)0xffff_fff8),
    ];

    public static TheoryData<string> Modules => [.. HostLinker.All.Select(function => function.Module).Distinct()];

    private static bool IsStatus(FastlyStatus status) => Enum.IsDefined(status);

    [Theory]
    [MemberData(nameof(Modules))]
    public async Task BadNumbers_InEveryPlace_GiveAStatus(string module)
    {
        var functions = HostLinker.All.Where(function => function.Module == module && function.Parameters > 0 && module != "fastly_abi").ToList();
        foreach (var function in functions)
        {
            using var guest = await AbiGuest.StartAsync(Toml);
            for (var place = 0; place < function.Parameters; place++)
            {
                foreach (var number in BadNumbers)
                {
                    var arguments = Plausible(guest, function);
                    arguments[place] = number;
                    // The second transaction of a key would wait for the first one, which is this guest's own.
                    if (function.Name == "transaction_lookup") guest.Application.Cache.PurgeAll();
                    Assert.True(IsStatus(Call(guest, function, arguments)), $"{function.Module}.{function.Name}");
                }
            }
        }
    }

    /// <summary>Arguments with which a function does not fail at once: handles that are there, pointers into the memory.</summary>
    private static int[] Plausible(AbiGuest guest, HostFunction function)
    {
        guest.Reset();
        var (name, length) = guest.Put("s");
        var arguments = new int[function.Parameters];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = i % 2 == 0 ? name : length;
        var handle = function.Module switch
        {
            "fastly_http_body" when function.Name != "new" => guest.NewBody("some"),
            "fastly_http_req" or "fastly_http_downstream" => guest.NewRequest("http://origin/"),
            "fastly_http_resp" when function.Name != "new" => guest.Get("fastly_http_resp.new"),
            "fastly_kv_store" or "fastly_object_store" when function.Name != "open" => guest.Get("fastly_kv_store.open", name, length),
            "fastly_config_store" or "fastly_dictionary" when function.Name != "open" => guest.Get("fastly_config_store.open", name, length),
            "fastly_secret_store" when function.Name == "get" => guest.Get("fastly_secret_store.open", name, length),
            "fastly_cache" when function.Name is not ("lookup" or "insert") && !function.Name.StartsWith("transaction_lookup", StringComparison.Ordinal) =>
                guest.Get("fastly_cache.lookup", name, length, 0, AbiGuest.Buffer),
            _ => 0,
        };
        if (handle != 0) arguments[0] = handle;
        return arguments;
    }

    private static FastlyStatus Call(AbiGuest guest, HostFunction function, int[] arguments) => guest.Call($"{function.Module}.{function.Name}", arguments);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RandomCalls_WithWhatever_GiveAStatus(int seed)
    {
        var random = new Random(seed);
        var functions = HostLinker.All.Where(function => function.Module != "fastly_abi" && !Waiting.Contains(function.Name)).ToArray();
        using var guest = await AbiGuest.StartAsync(Toml);
        var (text, _) = guest.Put("sk origin http://origin/ x-name");
        for (var i = 0; i < 20_000; i++)
        {
            var function = functions[random.Next(functions.Length)];
            var arguments = new int[function.Parameters];
            for (var j = 0; j < arguments.Length; j++)
            {
                arguments[j] = random.Next(10) switch
                {
                    < 4 => random.Next(1, 60),
                    < 6 => BadNumbers[random.Next(BadNumbers.Length)],
                    < 8 => AbiGuest.Buffer + (random.Next(64) * 8),
                    8 => text + random.Next(32),
                    _ => random.Next(),
                };
            }

            var status = Call(guest, function, arguments);
            Assert.True(IsStatus(status), $"{function.Module}.{function.Name}({string.Join(", ", arguments)}) gave {status}");
        }
    }

    [Fact]
    public async Task Handles_OfOtherKinds_OrClosed_AreRefused()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var request = guest.NewRequest("/");
        var response = guest.Get("fastly_http_resp.new");
        var body = guest.NewBody();
        foreach (var (function, wrong) in new (string, int)[]
        {
            ("fastly_http_body.close", request), ("fastly_http_body.close", response), ("fastly_http_req.close", body), ("fastly_http_resp.close", request),
            ("fastly_cache.close", body), ("fastly_http_resp.send_downstream_pending", body),
        })
        {
            Assert.Equal(FastlyStatus.BadHandle, guest.Call(function, wrong));
        }

        guest.Do("fastly_http_req.close", request);
        Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_req.close", request));
        foreach (var number in new[] { 0, -1, -2, int.MinValue, 1 << 30 }) Assert.Equal(FastlyStatus.BadHandle, guest.Call("fastly_http_body.close", number));
        // Numbers are not used again, so that an old one is never that of something new.
        Assert.NotEqual(request, guest.NewRequest("/"));
    }

    [Fact]
    public async Task Handles_OfAnotherRun_AreNothing()
    {
        using var guest = await AbiGuest.StartAsync(Toml);
        var secret = guest.NewBody("secret");
        using var other = guest.Another();
        Assert.Equal(FastlyStatus.BadHandle, other.Call("fastly_http_body.read", secret, AbiGuest.Buffer, 100, AbiGuest.Result));
    }

    [Fact]
    public async Task Handles_AreBounded_AndGivenBack()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { Handles = 100 });
        for (var round = 0; round < 3; round++)
        {
            var open = new List<int>();
            FastlyStatus status;
            while ((status = guest.Call("fastly_http_body.new", AbiGuest.Result)) == FastlyStatus.Ok) open.Add(guest.Read(AbiGuest.Result));
            Assert.Equal(FastlyStatus.LimitExceeded, status);
            Assert.Equal(98, open.Count);
            foreach (var handle in open) guest.Do("fastly_http_body.close", handle);
        }
    }

    [Fact]
    public async Task Floods_OfBodies_AreRefused_AndGivenBack()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { BufferedBodyBytes = 1 << 20 });
        for (var round = 0; round < 2; round++)
        {
            var body = guest.NewBody();
            var written = 0;
            FastlyStatus status;
            while ((status = guest.Call("fastly_http_body.write", body, 0, 100_000, 0, AbiGuest.Result)) == FastlyStatus.Ok) written += 100_000;
            Assert.Equal(FastlyStatus.LimitExceeded, status);
            Assert.InRange(written, 900_000, 1 << 20);
            // Reading gives back what was read.
            guest.Do("fastly_http_body.read", body, 0, 100_000, AbiGuest.Result);
            guest.Do("fastly_http_body.close", body);
        }
    }

    [Fact]
    public async Task ManySmallPieces_CostAsMuchAsTheyAre()
    {
        using var guest = await AbiGuest.StartAsync(limits: FastlyLimits.Default with { BufferedBodyBytes = 1 << 20 });
        var body = guest.NewBody();
        for (var i = 0; i < 200_000; i++) guest.Do("fastly_http_body.write", body, 0, 1, 0, AbiGuest.Result);
        var front = guest.NewBody();
        var pushed = 0;
        while (guest.Call("fastly_http_body.write", front, 0, 1, 1, AbiGuest.Result) == FastlyStatus.Ok) pushed++;
        Assert.InRange(pushed, 1000, 20_000);
    }

    [Fact]
    public async Task Appending_ManyTimes_IsNoRecursion()
    {
        using var guest = await AbiGuest.StartAsync();
        var body = guest.NewBody("x");
        for (var i = 0; i < 9_000; i++)
        {
            var outer = guest.NewBody("y");
            guest.Do("fastly_http_body.append", outer, body);
            body = outer;
            if (i % 500 == 0) guest.Reset();
        }

        Assert.Equal(9_001, guest.ReadBody(body).Length);
    }

    [Fact]
    public async Task Waits_EndWithTheClient()
    {
        using var leaving = new CancellationTokenSource();
        var pipe = new System.IO.Pipelines.Pipe();
        using var guest = await AbiGuest.StartAsync(request: new TestRequest(method: "POST") { BodyStream = pipe.Reader.AsStream() }, cancellation: leaving.Token);
        leaving.CancelAfter(100);
        var failure = Assert.Throws<ExhaustionException>(() => guest.Call("fastly_http_body.read", guest.Session.BodyHandle, AbiGuest.Buffer, 10, AbiGuest.Result));
        Assert.Equal(ExhaustionKind.Cancelled, failure.Kind);
    }
}
