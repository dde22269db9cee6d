using System.Diagnostics;

namespace Coffer.Plugins.Tests;

public sealed class SampleTests
{
    [Fact]
    public async Task Sample_WithPluginsInThreeLanguages_PrintsWhatItSays()
    {
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../plugins", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "plugins.dll"));
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (process.ExitCode, error));
        Assert.Equal(
            """
            rust:           10 words, the longest is "quick", "the" is there 3 times
            rust fails:     plugin "counter": there are no words (2 frames)
            go, then as:    FUN! ARE PLUGINS
            not swapped in: NotLoaded
            without as:     STILL HERE!, since swap TimedOut
            rolled back:    AGAIN! HERE
            counter         version 1, 2 calls, 1 failed
            shout           version 1, 3 calls, 0 failed
            swap            version 1, 3 calls, 1 failed

            """.ReplaceLineEndings(), output);
    }
}
