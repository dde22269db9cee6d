namespace Coffer.Plugins.Tests.Typed;

public sealed class TypedCallTests : IAsyncDisposable
{
    private readonly PluginHost host = new();
    private readonly Offer offer = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private async Task<(IShop Shop, Plugin Plugin)> Load()
    {
        var plugin = await host.LoadAsync(
            "shop", PluginSource.FromText(ShopModule.Text), new PluginOptions { Functions = ShopHostFunctions.Of(offer) }, TestContext.Current.CancellationToken);
        return (new ShopPlugin(plugin), plugin);
    }

    private static void RequireNothingLive(Plugin plugin) =>
        Assert.Equal(0, plugin.Run("live", 0, static (sandbox, _) => sandbox.GetFunction<Func<int>>("live")()));

    [Fact]
    public async Task Numbers_CrossAsTheyAre()
    {
        var (shop, _) = await Load();
        Assert.Equal(42, shop.Add(40, 2));
        Assert.Equal(-9.0, shop.Scale(2.0, 3.5f, 2, true));
        Assert.Equal(9.0, shop.Scale(2.0, 3.5f, 2, false));
    }

    [Fact]
    public async Task StringsAndBytes_Cross_AndAreFreed()
    {
        var (shop, plugin) = await Load();
        Assert.Equal("Hello, Wörld 🎉", shop.Greet("Wörld 🎉"));
        Assert.Equal("Hello, ", shop.Greet(""));
        Assert.Equal([3, 2, 1], shop.Reverse([1, 2, 3]));
        Assert.Empty(shop.Reverse([]));
        Assert.Equal([7, 8], shop.Same(new byte[] { 7, 8 }).ToArray());
        Assert.Equal("x", shop.MaybeNothing("x"));
        Assert.Null(shop.MaybeNothing(null));
        Assert.Equal("Hello, later", await shop.GreetAsync("later", TestContext.Current.CancellationToken));
        RequireNothingLive(plugin);
    }

    [Fact]
    public async Task Records_CrossAsJson()
    {
        var (shop, plugin) = await Load();
        var order = new Order(7, "Ada", ["ink", "paper"]);
        Assert.Equivalent(order, shop.Echo(order), strict: true);
        Assert.Equivalent(order, new JsonShopPlugin(plugin).Echo(order), strict: true);
        RequireNothingLive(plugin);
    }

    [Fact]
    public async Task HostInterface_IsCalledByThePlugin()
    {
        var (shop, _) = await Load();
        Assert.Equal("customer 5", shop.Ask(5));
        Assert.Equal(["customer 5"], offer.Logged);
        Assert.Equal(Color.Green, offer.Color);
    }

    [Fact]
    public async Task PluginsError_IsAnException_WithItsBacktrace()
    {
        var (shop, _) = await Load();
        var failure = Assert.Throws<PluginException>(() => shop.Fail("no ink left"));
        Assert.Equal(PluginFailure.Refused, failure.Failure);
        Assert.Equal("plugin \"shop\": no ink left", failure.Message);
        Assert.Equal("fail", failure.Trace[0].FunctionName);
        Assert.Contains("at fail (shop+0x", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostsException_IsTheInnerOne_WithThePluginsBacktrace()
    {
        var (shop, _) = await Load();
        var failure = Assert.Throws<PluginException>(() => shop.AskAndThrow());
        Assert.Equal(PluginFailure.HostFunctionFailed, failure.Failure);
        Assert.IsType<TimeZoneNotFoundException>(failure.InnerException);
        Assert.Equal("ask_and_throw", failure.Trace[0].FunctionName);
    }

    [Fact]
    public async Task Trap_IsAnException_WithItsBacktrace()
    {
        var (shop, _) = await Load();
        var failure = Assert.Throws<PluginException>(shop.Trap);
        Assert.Equal((PluginFailure.Trapped, "trap"), (failure.Failure, failure.Trace[0].FunctionName));
    }

    [Fact]
    public async Task BadAnswers_AreNamed_AndCostOneCall()
    {
        var (shop, _) = await Load();
        Assert.Equal(PluginFailure.BadAnswer, Assert.Throws<PluginException>(shop.BadPointer).Failure);
        var json = Assert.Throws<PluginException>(shop.BadJson);
        Assert.Equal(PluginFailure.BadAnswer, json.Failure);
        Assert.Contains("no JSON of Order", json.Message, StringComparison.Ordinal);
        Assert.Contains("null where a Order is wanted", Assert.Throws<PluginException>(shop.NullJson).Message, StringComparison.Ordinal);
        Assert.Null(shop.MaybeJson());
        Assert.Equal(PluginFailure.NoFunction, Assert.Throws<PluginException>(() => shop.Missing()).Failure);
        Assert.Contains("another type", Assert.Throws<PluginException>(() => shop.WrongType()).Message, StringComparison.Ordinal);
        Assert.Equal(3, shop.Add(1, 2));
    }

    private sealed class Offer : IShopHost
    {
        public List<string> Logged { get; } = [];

        public Color Color { get; private set; }

        public string NameOf(int id) => $"customer {id}";

        public int Length(byte[] data) => data.Length;

        public void Log(string text) => Logged.Add(text);

        public Order? Find(Order? template, Color color)
        {
            Color = color;
            return null;
        }

        public int Throw() => throw new TimeZoneNotFoundException("nowhere");
    }
}
