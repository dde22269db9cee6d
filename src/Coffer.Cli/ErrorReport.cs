using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Manifests;

namespace Coffer.Cli;

/// <summary>Says on standard error what went wrong, where, and what can be done; and which exit code that is.</summary>
internal static class ErrorReport
{
    private const int MaximumFrames = 8;

    /// <summary>Says it.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="exception">What went wrong.</param>
    /// <param name="isBuiltIn">Whether what the options say was settled when the program was built.</param>
    /// <returns>The exit code.</returns>
    public static int Write(Terminal terminal, Exception exception, bool isBuiltIn = false)
    {
        var (code, what, remedy) = Describe(exception);
        if (isBuiltIn && remedy is not null && exception is (ExhaustionException or AuditException)) remedy = $"when it is built, {remedy}";
        terminal.WriteErrorWord(code == ExitCode.Bug ? "bug" : "error", WordColour.Red);
        terminal.Error.WriteLine($": {PlainText.OneLine(what)}");
        WriteTrace(terminal, exception);
        if (remedy is not null)
        {
            terminal.WriteErrorWord("hint", WordColour.Yellow);
            terminal.Error.WriteLine($": {remedy}");
        }

        return code;
    }

    private static (int Code, string What, string? Remedy) Describe(Exception exception) => exception switch
    {
        CommandFailure failure => (failure.ExitCode, failure.Message, failure.Remedy),
        ManifestException => (ExitCode.Usage, exception.Message, null),
        MalformedException => (ExitCode.InvalidModule, $"malformed module: {exception.Message}", null),
        InvalidException => (ExitCode.InvalidModule, $"invalid module: {exception.Message}", null),
        LinkException => (ExitCode.Link, exception.Message, LinkRemedy(exception.Message)),
        SnapshotException => (ExitCode.Failed, $"no snapshot: {exception.Message}", null),
        TrapException => (ExitCode.Trap, $"trap: {exception.Message}", null),
        GuestException => (ExitCode.UncaughtException, exception.Message, null),
        ExhaustionException { Kind: ExhaustionKind.Cancelled } => (ExitCode.Cancelled, "cancelled", null),
        ExhaustionException exhaustion => (ExitCode.Exhausted, exhaustion.Message, Remedy(exhaustion.Kind)),
        AuditException => (ExitCode.Audit, exception.Message, "without --audit-strict the guest goes on"),
        Coffer.Native.NativeCompilationException => (ExitCode.InputOutput, exception.Message, null),
        OperationCanceledException => (ExitCode.Cancelled, "cancelled", null),
        IOException or UnauthorizedAccessException => (ExitCode.InputOutput, exception.Message, null),
        _ => (ExitCode.Bug, $"{exception.GetType().Name}: {exception.Message}",
            "coffer failed, not the module. Please report it with the command line and, if possible, the module."),
    };

    private static string LinkRemedy(string message)
    {
        if (message.Contains("wasi_snapshot_preview1", StringComparison.Ordinal))
        {
            return "the module wants more of WASI 0.1 than is offered";
        }

        return message.Contains("exports no memory", StringComparison.Ordinal)
            ? "WASI reads and writes the memory that a module exports; linkers do that when it is built for WASI"
            : "offer it by another module: --preload NAME=FILE";
    }

    private static string? Remedy(ExhaustionKind kind) => kind switch
    {
        ExhaustionKind.Fuel => "allow more instructions: --fuel N",
        ExhaustionKind.Deadline => "allow more time: --timeout 10s",
        ExhaustionKind.CallStack => "allow deeper calls: --stack 64MiB",
        ExhaustionKind.StoreLimit => "allow more memory: --max-memory 1GiB",
        ExhaustionKind.System => "fewer or smaller memories, or: --memory checked",
        _ => null,
    };

    private static void WriteTrace(Terminal terminal, Exception exception)
    {
        var trace = exception switch
        {
            TrapException trap => trap.WasmTrace,
            GuestException thrown => thrown.WasmTrace,
            ExhaustionException { Kind: not ExhaustionKind.Cancelled } exhaustion => exhaustion.WasmTrace,
            _ => [],
        };
        foreach (var frame in trace.Take(MaximumFrames))
        {
            terminal.Error.WriteLine($"  at {PlainText.OneLine(frame.ToString())}");
        }

        if (trace.Count > MaximumFrames) terminal.Error.WriteLine($"  … and {trace.Count - MaximumFrames} more");
    }
}
