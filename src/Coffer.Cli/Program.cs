using Coffer.Cli;

using var signals = new CancelSignals();
var context = new CommandContext(Terminal.OfProcess(), new HostFiles(Environment.CurrentDirectory), signals.Token);
return CommandLine.Run(args, context);
