using System.CommandLine;
using Coffer.Cli.Settings;
using Coffer.Native;

namespace Coffer.Cli.Commands;

/// <summary><c>coffer cache</c>: what the cache of machine code holds.</summary>
internal static class CacheCommand
{
    public const string Name = "cache";

    public static Command Create(CommandContext context)
    {
        var cache = CacheOption.Create();
        cache.Recursive = true;
        return new Command(Name, "Show or empty the cache of machine code.")
        {
            cache,
            Verb("list", "Name the entries, those used last first.", context, cache, List),
            Verb("clear", "Remove all entries.", context, cache, static (opened, terminal) =>
                terminal.Output.WriteLine($"{opened.Clear()} entries removed")),
            Verb("path", "Print the folder.", context, cache, static (opened, terminal) => terminal.Output.WriteLine(opened.FullPath)),
        };
    }

    private static Command Verb(
        string name, string description, CommandContext context, Option<string?> cache, Action<ModuleCache, Terminal> action)
    {
        var command = new Command(name, description);
        command.SetAction(result =>
        {
            action(new ModuleCache(CacheOption.Read(result, cache, context).ToOptions(context)), context.Terminal);
            return ExitCode.Success;
        });
        return command;
    }

    private static void List(ModuleCache cache, Terminal terminal)
    {
        foreach (var entry in cache.Entries())
        {
            var kind = entry.IsExecutable ? "executable of module" : "module";
            var what = entry.Description is { } description ? $"{kind} {description.Module}" : "unusable";
            terminal.Output.WriteLine($"{entry.Key[..16]}  {entry.Bytes,10}  {what}");
        }
    }
}
