using System.Diagnostics;
using Microsoft.Playwright;

namespace Coffer.Edge.BrowserTests;

/// <summary>Chromium without a window: Debian's, installed if it is not there.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Path = "/usr/bin/chromium";

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage",
    ];

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Why there is none; null when there is.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            Missing = "the page is tested in Debian's chromium";
            return;
        }

        if (!File.Exists(Path) && !await InstallAsync())
        {
            Missing = "there is no chromium, and it could not be installed (apt-get install chromium)";
            return;
        }

        try
        {
            playwright = await Playwright.CreateAsync();
            browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Path, Headless = true, Args = Arguments, Timeout = 60_000 });
        }
        catch (PlaywrightException exception)
        {
            Missing = $"chromium cannot be started: {exception.Message}";
        }
    }

    public async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions? options = null)
    {
        if (Missing is { } reason) Assert.Skip(reason);
        var context = await browser!.NewContextAsync(options);
        context.SetDefaultTimeout(15_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }

    private static async Task<bool> InstallAsync()
    {
        try
        {
            using var install = Process.Start(new ProcessStartInfo(
                "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            _ = install.StandardOutput.ReadToEndAsync(limit.Token);
            _ = install.StandardError.ReadToEndAsync(limit.Token);
            await install.WaitForExitAsync(limit.Token);
            return install.ExitCode == 0 && File.Exists(Path);
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or OperationCanceledException)
        {
            return false;
        }
    }
}
