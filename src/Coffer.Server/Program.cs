using Coffer.Server;

return await ServerCommandLine.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
