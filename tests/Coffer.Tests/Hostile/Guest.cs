using System.Diagnostics;
using System.Text;

namespace Coffer.Tests.Hostile;

/// <summary>Short ways from text to a running guest, in the memory modes that the tests compare.</summary>
internal static class Guest
{
    /// <summary>Set where the engines are to have tiers.</summary>
    public const string TiersVariable = "COFFER_SURVIVAL_TIERS";

    private static readonly EngineOptions Options = new() { Tiered = Environment.GetEnvironmentVariable(TiersVariable) is not null };

    public static Engine Default { get; } = new(Options);

    public static Engine Guarded { get; } = new(Options with { Memory = new MemoryOptions { Mode = MemoryMode.Guarded } });

    public static Engine Checked { get; } = new(Options with { Memory = new MemoryOptions { Mode = MemoryMode.Checked } });

    /// <summary>An engine whose guests consume fuel.</summary>
    public static Engine Metered(MemoryMode mode) =>
        new(Options with { ConsumeFuel = true, Memory = new MemoryOptions { Mode = mode } });

    public static Instance Load(string text, Linker? linker = null, Engine? engine = null, StoreLimits? limits = null)
    {
        engine ??= Default;
        return (linker ?? new Linker()).Instantiate(new Store(engine, limits), Module.CompileText(engine, text));
    }

    /// <summary>Runs on a thread with its own small stack; what it throws is thrown here.</summary>
    public static void OnSmallStack(int bytes, Action action)
    {
        Exception? thrown = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    thrown = e;
                }
            },
            bytes);
        thread.Start();
        thread.Join();
        if (thrown is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown);
    }

    /// <summary>The same text many times.</summary>
    public static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();

    /// <summary>Fails unless the action ends with an exhaustion of a kind.</summary>
    public static ExhaustionException Exhausts(ExhaustionKind kind, Action action)
    {
        var exception = Assert.Throws<ExhaustionException>(action);
        Assert.Equal(kind, exception.Kind);
        return exception;
    }

    /// <summary>Proof that the process and the engine still work.</summary>
    public static void StillWorks()
    {
        var instance = Load("(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))");
        Assert.Equal(42, instance.GetFunction<int, int, int>("add")(40, 2));
        instance.Store.Dispose();
    }

    /// <summary>Fails when an action takes longer than a generous bound; returns how long it took.</summary>
    public static TimeSpan Within(TimeSpan bound, Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        Assert.True(watch.Elapsed < bound, $"took {watch.Elapsed}");
        return watch.Elapsed;
    }
}
