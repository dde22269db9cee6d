using Microsoft.Playwright;

namespace Coffer.Edge.BrowserTests;

/// <summary>The page of a server, in a tab of its own, with all that the browser complained of.</summary>
internal sealed class Dashboard : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly List<string> complaints = [];

    private Dashboard(IBrowserContext context, IPage page, TestAdmin admin)
    {
        this.context = context;
        Page = page;
        Admin = admin;
    }

    public IPage Page { get; }

    public TestAdmin Admin { get; }

    /// <summary>What the browser complained of: errors of scripts, and of the content security policy.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    public static async Task<Dashboard> OpenAsync(Browser browser, TestAdmin admin, BrowserNewContextOptions? options = null)
    {
        var context = await browser.OpenAsync(options);
        var page = await context.NewPageAsync();
        var dashboard = new Dashboard(context, page, admin);
        page.PageError += (_, error) => dashboard.complaints.Add(error);
        page.Console += (_, message) =>
        {
            // An answer with an error is told of by the page.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) dashboard.complaints.Add(message.Text);
        };
        await page.GotoAsync(admin.Edge.Server.Administration.Address!);
        return dashboard;
    }

    /// <summary>Opens the page and signs in.</summary>
    public static async Task<Dashboard> SignInAsync(Browser browser, TestAdmin admin, BrowserNewContextOptions? options = null)
    {
        var dashboard = await OpenAsync(browser, admin, options);
        await dashboard.Page.GetByLabel("Token").FillAsync(TestAdmin.Token);
        await dashboard.Page.Keyboard.PressAsync("Enter");
        await dashboard.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
        return dashboard;
    }

    public Task GoAsync(string hash) => Page.EvaluateAsync("hash => { location.hash = hash; }", hash);

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async ValueTask DisposeAsync()
    {
        await context.CloseAsync();
        Assert.Empty(complaints);
    }
}
