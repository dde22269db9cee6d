using Coffer.Cli;
using Coffer.Cli.Settings;

using var signals = new CancelSignals();
var context = new CommandContext(Terminal.OfProcess(), new HostFiles(Environment.CurrentDirectory), signals.Token)
{
    Cache = Environment.GetEnvironmentVariable(CacheChoice.Variable) ?? "auto",
};
return CommandLine.Run(args, context);
