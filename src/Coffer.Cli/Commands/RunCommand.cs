using System.CommandLine;
using Coffer.Cli.Audit;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer run</c>: runs a program or calls a function.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    public static Command Create(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The module, in binary or text format" };
        var arguments = new Argument<string[]>("arguments")
        {
            Description = "What the guest gets, whatever it looks like; with --invoke the function's arguments",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var invoke = new Option<string?>("--invoke")
        {
            Description = "Call an exported function and print its results",
            HelpName = "name",
        };
        var grants = new GrantOptions();
        var audit = new AuditOptionSet();
        var preload = OptionTypes.Repeated(
            "--preload", "Offer the exports of another module under a name", "name=file", ParsePreload);
        var fuel = new Option<long?>("--fuel")
        {
            Description = "End the guest after so many instructions",
            HelpName = "count",
        };
        var timeout = OptionTypes.Duration("--timeout", "End the guest after this time: 500ms, 2s, 1m");
        var memoryLimit = OptionTypes.ByteSize("--max-memory", "The most that all linear memories may have together");
        var stack = OptionTypes.ByteSize("--stack", "Native stack for the guest's calls; 16MiB when not given");
        var memory = OptionTypes.Choice(
            "--memory", "How accesses to memory are kept inside it", MemoryMode.Auto,
            ("auto", MemoryMode.Auto), ("guarded", MemoryMode.Guarded), ("checked", MemoryMode.Checked));
        var features = OptionTypes.Features();
        var prepare = new Option<bool>("--prepare") { Description = "Make all machine code before the guest starts" };
        var command = new Command(
            Name,
            $"""
            Run a WebAssembly program, or call a function of a module. Options go before the file.

            {ExitCode.Table}
            """)
        {
            file, arguments, invoke, preload,
            fuel, timeout, memoryLimit, stack, memory, features, prepare,
        };
        grants.AddTo(command);
        audit.AddTo(command);
        command.SetAction(result => new GuestRun(context, new RunSettings
        {
            File = result.GetRequiredValue(file),
            Arguments = result.GetValue(arguments) ?? [],
            Invoke = result.GetValue(invoke),
            Capabilities = grants.Read(result),
            Audit = audit.Read(result),
            Preloads = result.GetValue(preload) ?? [],
            Fuel = result.GetValue(fuel),
            Timeout = result.GetValue(timeout),
            MaximumMemory = result.GetValue(memoryLimit),
            Memory = result.GetValue(memory),
            Features = result.GetValue(features) ?? Features.All,
            StackBytes = result.GetValue(stack) ?? GuestThread.DefaultStackBytes,
            Prepare = result.GetValue(prepare),
        }).Run());
        return command;
    }

    private static Preload? ParsePreload(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < text.Length - 1 ? new Preload(text[..equals], text[(equals + 1)..]) : null;
    }
}
