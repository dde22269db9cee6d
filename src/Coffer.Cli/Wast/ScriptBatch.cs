namespace Coffer.Cli.Wast;

/// <summary>How scripts are to be run.</summary>
/// <param name="Memory">How linear memories are protected.</param>
/// <param name="Features">The features for all scripts; null for what <see cref="ScriptRules"/> says.</param>
/// <param name="Timeout">The most time a script may take.</param>
/// <param name="Workers">How many run at once.</param>
internal sealed record ScriptSettings(MemoryMode Memory, Features? Features, TimeSpan Timeout, int Workers);

/// <summary>Runs scripts, several at once, and hands out their results in order.</summary>
internal sealed class ScriptBatch(CommandContext context, ScriptSettings settings)
{
    private const int StackBytes = 16 << 20;

    // How long a script that was told to stop may take to do it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The results in the order of the files, each as soon as those before it are there.</summary>
    public IEnumerable<ScriptResult> Run(IReadOnlyList<string> files)
    {
        var results = files.Select(_ => new TaskCompletionSource<ScriptResult>()).ToArray();
        var next = -1;
        var workers = Enumerable.Range(0, Math.Min(settings.Workers, files.Count))
            .Select(_ => new Thread(Work) { IsBackground = true }).ToList();
        workers.ForEach(worker => worker.Start());
        foreach (var result in results) yield return result.Task.GetAwaiter().GetResult();

        void Work()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < files.Count;) results[i].SetResult(RunOne(files[i]));
        }
    }

    private ScriptResult RunOne(string file)
    {
        try
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var source = context.Files.ReadAll(file);
            if (ScriptRules.ReasonToSkip(context.Files.FullPath(file), source) is { } reason)
            {
                return new ScriptResult(0, [], reason);
            }

            return RunWithTimeout(file, source);
        }
        catch (Exception e) when (e is CommandFailure or OperationCanceledException)
        {
            return Failed(file, e.Message);
        }
    }

    private ScriptResult RunWithTimeout(string file, byte[] source)
    {
        var engine = new Engine(new EngineOptions
        {
            Features = settings.Features ?? ScriptRules.FeaturesFor(context.Files.FullPath(file), source),
            Memory = MemoryOptions.Default with { Mode = settings.Memory },
        });
        var dialect = ScriptRules.DialectOf(context.Files.FullPath(file), source);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        var token = cancellation.Token;
        ScriptResult? result = null;
        var thread = new Thread(() => result = RunGuarded(engine, file, source, dialect, token), StackBytes)
        {
            IsBackground = true,
        };
        thread.Start();
        if (thread.Join(settings.Timeout)) return result!;
        cancellation.Cancel();

        // What cannot be stopped is left behind; the process does not wait for background threads.
        thread.Join(Patience);
        return Failed(file, $"the script did not end within {settings.Timeout.TotalSeconds} s");
    }

    private static ScriptResult RunGuarded(
        Engine engine, string file, byte[] source, ScriptDialect dialect, CancellationToken cancellation)
    {
        try
        {
            return ScriptRunner.Run(engine, file, source, dialect, cancellation);
        }
        catch (Exception e)
        {
            return Failed(file, $"unexpected {e.GetType().Name}: {e.Message}");
        }
    }

    private static ScriptResult Failed(string file, string message) => new(0, [new ScriptFailure(file, 0, message)]);
}
