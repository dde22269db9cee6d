using Coffer.Cli;

using var signals = new CancelSignals();
var context = new CommandContext(Terminal.OfProcess(), new HostFiles(Environment.CurrentDirectory), signals.Token)
{
    Cache = Environment.GetEnvironmentVariable("COFFER_CACHE") ?? "auto",
};
return CommandLine.Run(args, context);
