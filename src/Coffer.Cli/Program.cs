using Coffer.Cli;
using Coffer.Cli.Settings;
using Coffer.Cli.Standalone;

using var signals = new CancelSignals();
var context = new CommandContext(Terminal.OfProcess(), new HostFiles(Environment.CurrentDirectory), signals.Token)
{
    Cache = Environment.GetEnvironmentVariable(CacheChoice.Variable) ?? "auto",
    HasTiers = Environment.GetEnvironmentVariable(LauncherFiles.TiersVariable) == "1",
    Translation = Environment.GetEnvironmentVariable(LauncherFiles.TranslationVariable),
};
return CommandLine.Run(args, context);
