using System.Collections.Concurrent;
using System.Net;
using Coffer.Edge.Tests.Admin;

namespace Coffer.Edge.Tests.Durability;

public class SwitchTests
{
    private const int Changes = 100;

    [Fact]
    public async Task DeploysAndRollbacks_UnderLoad_FailNothing_AndNothingIsAnsweredByAVersionBefore()
    {
        await using var admin = await TestAdmin.StartAsync();
        // What serves after each change; the last may be under way.
        var texts = new ConcurrentDictionary<int, string>();
        var done = 0;
        texts[0] = "0";
        var versions = new int[Changes + 1];
        versions[0] = await admin.DeployAsync("shop", TestAdmin.Saying("0"), new { rollback = false });
        var failures = new ConcurrentQueue<string>();
        var asked = 0;
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                var before = Volatile.Read(ref done);
                using var answer = await admin.Client.GetAsync("/shop");
                var text = await answer.Content.ReadAsStringAsync();
                Interlocked.Increment(ref asked);
                if (answer.StatusCode != HttpStatusCode.OK) failures.Enqueue($"{(int)answer.StatusCode} {text}");
                else if (!texts.Any(pair => pair.Key >= before && pair.Value == text)) failures.Enqueue($"after change {before}, the answer was {text}");
            }
        })).ToList();
        for (var change = 1; change <= Changes; change++)
        {
            if (change % 4 == 0)
            {
                // What served two changes ago.
                texts[change] = texts[change - 2];
                versions[change] = versions[change - 2];
                await admin.PostAsync("/v1/apps/shop/rollback", new { version = versions[change] });
            }
            else
            {
                texts[change] = $"{change}";
                versions[change] = await admin.DeployAsync("shop", TestAdmin.Saying($"{change}"));
            }

            Volatile.Write(ref done, change);
        }

        await end.CancelAsync();
        await Task.WhenAll(load);
        Assert.Empty(failures);
        Assert.True(asked > Changes, $"there was no load: {asked} requests");
    }
}
