using Coffer.Server;

// Patterns in the schemas of policies are expressions of the platform, which may take forever. To be said before the first.
AppContext.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(1));
return await ServerCommandLine.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
