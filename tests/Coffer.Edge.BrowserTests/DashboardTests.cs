using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Coffer.Edge.BrowserTests;

public class DashboardTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly string[] Pages = ["#/", "#/apps/shop", "#/denials", "#/events", "#/logs"];

    [Fact]
    public async Task SignIn_WrongToken_IsTold_RightOneLeadsOn()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.OpenAsync(browser, admin);
        var token = dashboard.Page.GetByLabel("Token");
        await Expect(token).ToBeFocusedAsync();
        await token.FillAsync("not the token");
        await dashboard.Button("Sign in").ClickAsync();
        await Expect(dashboard.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the token of administration");
        await token.FillAsync(TestAdmin.Token);
        await dashboard.Button("Sign in").ClickAsync();
        await Expect(dashboard.Page.GetByText("No apps yet")).ToBeVisibleAsync();
        await dashboard.Page.ReloadAsync();
        await Expect(dashboard.Page.GetByText("No apps yet")).ToBeVisibleAsync();
        await dashboard.Button("Sign out").ClickAsync();
        await Expect(dashboard.Page.GetByLabel("Token")).ToBeVisibleAsync();
        await dashboard.Page.ReloadAsync();
        await Expect(dashboard.Page.GetByLabel("Token")).ToBeVisibleAsync();
        Assert.Null(await dashboard.Page.EvaluateAsync<string?>("sessionStorage.getItem('coffer-token')"));
        Assert.Empty(await dashboard.Page.Context.CookiesAsync());
    }

    [Fact]
    public async Task Deploy_ByTheForm_ThenRollBack()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        var page = dashboard.Page;
        await dashboard.Button("Deploy an app").ClickAsync();
        await page.GetByLabel("Name").FillAsync("shop");
        await page.GetByLabel("Module").SetInputFilesAsync(new FilePayload { Name = "shop.wat", MimeType = "application/wasm", Buffer = TestAdmin.Saying("one") });
        await page.GetByLabel("Settings").FillAsync("""{ "routes": ["/here"] }""");
        await dashboard.Button("Deploy").ClickAsync();
        await Expect(page.GetByText("Version 1 of shop serves.")).ToBeVisibleAsync();
        Assert.Equal("one", await admin.Client.GetStringAsync("/here"));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "shop" })).ToBeVisibleAsync();

        await dashboard.Button("Deploy a new version of shop").ClickAsync();
        await page.GetByLabel("Module").SetInputFilesAsync(new FilePayload { Name = "shop.wat", MimeType = "application/wasm", Buffer = TestAdmin.Failing("no <b>database</b>") });
        await dashboard.Button("Deploy").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no <b>database</b>");
        await page.GetByLabel("Module").SetInputFilesAsync(new FilePayload { Name = "shop.wat", MimeType = "application/wasm", Buffer = TestAdmin.Saying("two") });
        await dashboard.Button("Deploy").ClickAsync();
        await Expect(page.GetByText("Version 2 of shop serves.")).ToBeVisibleAsync();
        Assert.Equal("two", await admin.Client.GetStringAsync("/here"));

        await dashboard.Button("Roll shop back").ClickAsync();
        await dashboard.Button("Roll back").ClickAsync();
        await Expect(page.GetByText("shop was rolled back.")).ToBeVisibleAsync();
        Assert.Equal("one", await admin.Client.GetStringAsync("/here"));
    }

    [Fact]
    public async Task Canary_ByTheKeyboardAlone_IsPromoted()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", TestAdmin.Saying("one"));
        await admin.DeployAsync("shop", TestAdmin.Saying("two"), canary: 25);
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        var page = dashboard.Page;
        await Expect(page.GetByText("v2 · 25 %")).ToBeVisibleAsync();
        await TabToAsync(page, "Promote the candidate of shop");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.Equal("Promote the candidate of shop", await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label')"));
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, "Promote");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Version 2 of shop serves.")).ToBeVisibleAsync();
        for (var index = 0; index < 4; index++) Assert.Equal("two", await admin.AskAsync("shop"));
    }

    [Fact]
    public async Task Focus_BeginsWithTheSkipLink_AndIsVisible()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        var page = dashboard.Page;
        await page.ReloadAsync();
        await Expect(page.GetByText("No apps yet")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByText("Skip to the content")).ToBeFocusedAsync();
        await Expect(page.GetByText("Skip to the content")).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Enter");
        Assert.Equal("main", await page.EvaluateAsync<string>("document.activeElement.id"));
        var seen = new HashSet<string>();
        for (var index = 0; index < 40; index++)
        {
            await page.Keyboard.PressAsync("Tab");
            var name = await page.EvaluateAsync<string>("(document.activeElement.textContent || document.activeElement.id) + document.activeElement.tagName");
            if (name.EndsWith("BODY", StringComparison.Ordinal)) break;
            seen.Add(name);
            Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        }

        // Through the page and out of it: nothing holds the focus.
        Assert.InRange(seen.Count, 3, 39);
    }

    [Fact]
    public async Task Phone_NothingIsWiderThanTheScreen()
    {
        await using var admin = await FilledAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin, new() { ViewportSize = new() { Width = 360, Height = 740 }, IsMobile = true, HasTouch = true });
        foreach (var page in Pages)
        {
            await dashboard.GoAsync(page);
            await SettledAsync(dashboard);
            Assert.Equal(360, await dashboard.Page.EvaluateAsync<int>("document.scrollingElement.scrollWidth"));
            // What is to be touched is large enough.
            Assert.Empty(await dashboard.Page.EvaluateAsync<string[]>(
                "[...document.querySelectorAll('button, .bar a')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 32).map(e => e.outerHTML)"));
        }

        await dashboard.GoAsync("#/");
        await dashboard.Button("Deploy an app").ClickAsync();
        Assert.True(await dashboard.Page.EvaluateAsync<bool>("document.querySelector('dialog').getBoundingClientRect().width <= 360"));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_HasContrast_AndControlsHaveNames(ColorScheme scheme)
    {
        await using var admin = await FilledAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin, new() { ColorScheme = scheme });
        foreach (var page in Pages)
        {
            await dashboard.GoAsync(page);
            await SettledAsync(dashboard);
            Assert.Empty(await dashboard.Page.EvaluateAsync<string[]>(Contrast));
            Assert.Empty(await dashboard.Page.EvaluateAsync<string[]>(
                """
                [...document.querySelectorAll('input, select, textarea')].filter(e => e.labels.length === 0 && !e.getAttribute('aria-label')).map(e => e.outerHTML)
                  .concat([...document.querySelectorAll('button, a')].filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML))
                """));
            Assert.Equal(1, await dashboard.Page.Locator("h1").CountAsync());
        }
    }

    [Fact]
    public async Task Theme_CanBeChosen_AndStays()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin, new() { ColorScheme = ColorScheme.Light });
        const string Background = "getComputedStyle(document.body).backgroundColor";
        var light = await dashboard.Page.EvaluateAsync<string>(Background);
        await dashboard.Button("Theme: auto").ClickAsync();
        await dashboard.Button("Theme: light").ClickAsync();
        await Expect(dashboard.Button("Theme: dark")).ToBeVisibleAsync();
        var dark = await dashboard.Page.EvaluateAsync<string>(Background);
        Assert.NotEqual(light, dark);
        await dashboard.Page.ReloadAsync();
        Assert.Equal(dark, await dashboard.Page.EvaluateAsync<string>(Background));
    }

    [Fact]
    public async Task Motion_IsReduced_WhereThatIsWanted()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin, new() { ReducedMotion = ReducedMotion.Reduce });
        Assert.Equal("0s", await dashboard.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('#theme')).transitionDuration"));
    }

    [Fact]
    public async Task Logs_AreFollowed_AndAreTextAlone()
    {
        await using var admin = await TestAdmin.StartAsync();
        await admin.DeployAsync("shop", Programs.Binary(Programs.Running(
            "(drop (call $write (i32.const 2) (i32.const 1024) (i32.const 42))) (call $print (i32.const 1066) (i32.const 26))",
            "<img src=x onerror='document.title=`bad`'>Content-Type: text/plain\n\n")));
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        await dashboard.GoAsync("#/logs/shop");
        await Expect(dashboard.Page.GetByText("Following.")).ToBeVisibleAsync();
        using (await admin.Client.GetAsync("/shop"))
        {
        }

        await Expect(dashboard.Page.GetByRole(AriaRole.Log)).ToContainTextAsync("onerror");
        Assert.Equal(0, await dashboard.Page.Locator(".log img").CountAsync());
        await dashboard.Page.GetByLabel("Find").FillAsync("nothing of that");
        await Expect(dashboard.Page.Locator(".log p:visible")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Charts_ShowRequests_AndAreReadByTheKeyboard()
    {
        await using var admin = await FilledAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        var chart = dashboard.Page.Locator("svg.chart[role=img]").First;
        await Expect(chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("[1-9][0-9]* requests in the last minutes"));
        await chart.FocusAsync();
        await dashboard.Page.Keyboard.PressAsync("ArrowLeft");
        await Expect(dashboard.Page.Locator(".readout:visible")).ToContainTextAsync("Requests");
    }

    [Fact]
    public async Task Denials_StandThere_WithTheirRemedy()
    {
        await using var admin = await FilledAsync(seconds: 1);
        using (await admin.Client.GetAsync("/prying"))
        {
        }

        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        await Expect(dashboard.Page.Locator("#denial-count")).ToBeVisibleAsync();
        await dashboard.GoAsync("#/denials");
        await Expect(dashboard.Page.GetByText("/data/report.txt")).ToBeVisibleAsync();
        await Expect(dashboard.Page.Locator(".remedy code")).ToContainTextAsync("--dir");
    }

    [Fact]
    public async Task Server_Gone_IsTold_AndComesBack()
    {
        await using var admin = await TestAdmin.StartAsync();
        await using var dashboard = await Dashboard.SignInAsync(browser, admin);
        await dashboard.Page.Context.SetOfflineAsync(true);
        await Expect(dashboard.Page.Locator("#connection")).ToHaveTextAsync("Connection lost, trying again");
        await dashboard.Page.Context.SetOfflineAsync(false);
        await Expect(dashboard.Page.Locator("#connection")).ToHaveTextAsync("Connected");
    }

    /// <summary>Pictures for the documentation: run with COFFER_SCREENSHOTS=docs/images.</summary>
    [Fact]
    public async Task Screenshots_AreTaken_WhereTheyAreWanted()
    {
        if (Environment.GetEnvironmentVariable("COFFER_SCREENSHOTS") is not { Length: > 0 } folder)
        {
            Assert.Skip("COFFER_SCREENSHOTS names no folder for them");
            return;
        }

        await using var admin = await FilledAsync(seconds: 45);
        await TakeAsync("dashboard-light", "#/", new() { ViewportSize = new() { Width = 1280, Height = 860 }, ColorScheme = ColorScheme.Light });
        await TakeAsync("dashboard-dark", "#/apps/shop", new() { ViewportSize = new() { Width = 1280, Height = 1120 }, ColorScheme = ColorScheme.Dark });
        await TakeAsync("dashboard-phone", "#/", new() { ViewportSize = new() { Width = 360, Height = 1500 }, ColorScheme = ColorScheme.Light, DeviceScaleFactor = 2 });
        foreach (var page in (string[])["#/denials", "#/events", "#/logs"])
            await TakeAsync("more-" + page[2..], page, new() { ViewportSize = new() { Width = 1280, Height = 760 }, ColorScheme = ColorScheme.Dark });

        async Task TakeAsync(string name, string page, BrowserNewContextOptions options)
        {
            await using var dashboard = await Dashboard.SignInAsync(browser, admin, options);
            await dashboard.GoAsync(page);
            await SettledAsync(dashboard);
            await Task.Delay(2500);
            await dashboard.Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png") });
        }
    }

    private const string Contrast = """
        (() => {
          const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
          const channels = color => {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data];
          };
          const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => {
            for (; element; element = element.parentElement) {
              const color = channels(getComputedStyle(element).backgroundColor);
              if (color[3] === 255) return color;
            }
            return [255, 255, 255, 255];
          };
          const poor = [];
          for (const element of document.querySelectorAll('body *')) {
            const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
            if (!own || !element.offsetParent || element.closest('svg, .skip, .unseen')) continue;
            const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent.slice(0, 40)}`);
          }
          return poor;
        })()
        """;

    private static async Task TabToAsync(IPage page, string name)
    {
        for (var index = 0; index < 60; index++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent") == name) return;
        }

        Assert.Fail($"the keyboard does not lead to {name}");
    }

    private static async Task SettledAsync(Dashboard dashboard)
    {
        await dashboard.Page.Locator("h1").WaitForAsync();
        await Expect(dashboard.Page.Locator(".loading")).ToHaveCountAsync(0);
    }

    /// <summary>A server with apps, traffic, errors, denials and events.</summary>
    private static async Task<TestAdmin> FilledAsync(int seconds = 3)
    {
        var admin = await TestAdmin.StartAsync(apps: """ "site": { "module": "site.wasm", "routes": ["/site"] } """, files: [("site.wasm", TestAdmin.Saying("site"))]);
        await admin.DeployAsync("shop", TestAdmin.Saying("one"), new { routes = new[] { "/shop", "shop.example/" } });
        await admin.DeployAsync("shop", TestAdmin.Saying("two"), new { routes = new[] { "/shop", "shop.example/" } });
        await admin.PostAsync("/v1/apps/shop/rollback");
        await admin.DeployAsync("shop", TestAdmin.Saying("three"), new { routes = new[] { "/shop", "shop.example/" } }, canary: 20);
        await admin.DeployAsync("thumbnails", TestAdmin.Saying("thumbnails"));
        await admin.DeployAsync("thumbnails", TestAdmin.Saying("thumbnails, next"));
        await admin.DeployAsync("search", TestAdmin.Failing(), new { health = false, rollback = false });
        Directory.CreateDirectory(Path.Combine(admin.Edge.Folder, "files"));
        await admin.DeployAsync(
            "prying", Programs.Binary(Prying), new { health = false, grants = new { directories = new[] { $"{admin.Edge.Folder}/files::/data:ro" } } });
        var random = new Random(1);
        var end = DateTime.UtcNow.AddSeconds(seconds);
        for (var round = 0; DateTime.UtcNow < end; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1 + (int)(6 * (1 + Math.Sin(round / 40.0)))).Select(async _ =>
            {
                var path = random.Next(40) switch { 0 => "/search", 1 => "/prying", < 12 => "/thumbnails", < 16 => "/site", _ => "/shop" };
                using var answer = await admin.Client.GetAsync(path);
            }));
            await Task.Delay(random.Next(60));
        }

        return admin;
    }

    // Writes where it may read.
    private const string Prying = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 64) "report.txt")
          (data (i32.const 128) "Content-Type: text/plain\n\nnothing found")
          (func (export "_start")
            (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 0)))
            (i32.store (i32.const 0) (i32.const 128))
            (i32.store (i32.const 4) (i32.const 39))
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
        """;
}
