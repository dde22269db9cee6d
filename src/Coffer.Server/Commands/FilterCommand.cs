using System.CommandLine;
using Coffer.Edge.Ambient;
using Coffer.Edge.Configuration;
using Coffer.Edge.Filters;
using Coffer.ProxyWasm;
using Coffer.ProxyWasm.Testing;
using Coffer.Server.FilterTesting;
using Coffer.Server.Proxy;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.Commands;

/// <summary><c>coffer filter test</c>: what a filter does to a request that is described.</summary>
internal static class FilterCommand
{
    public static Command Create()
    {
        var module = new Argument<string>("filter") { Description = "The filter, a module of proxy-wasm or http-wasm in binary or text format" };
        var descriptions = new Argument<string[]>("test") { Description = "The requests or connections and what is expected, a file of JSON each", Arity = ArgumentArity.OneOrMore };
        var test = new Command(
            "test",
            """
            Run a filter against described requests or connections, without a network and with a clock of its own, and show what
            it did.

            Exit code 1: something is not as a description expects it.
            """)
        {
            module, descriptions,
        };
        test.SetAction((result, cancellation) => RunAsync(result, result.GetRequiredValue(module), result.GetRequiredValue(descriptions), cancellation));
        return new Command("filter", "Try filters.") { test };
    }

    private static async Task<int> RunAsync(ParseResult result, string module, string[] descriptions, CancellationToken cancellation)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            var files = new ServerFiles(Path.Combine(Environment.CurrentDirectory, "here"));
            var filter = new FilterModules().Of(files.Read(module), Path.GetFileName(module));
            var failed = false;
            foreach (var name in descriptions)
            {
                var description = TestDescription.Read(files.Read(name), Path.GetFileName(name));
                if (descriptions.Length > 1) await output.WriteLineAsync($"{Path.GetFileName(name)}:").ConfigureAwait(false);
                using var host = new TestHost();
                var outcome = await FilterTest.RunAsync(description, filter, host, cancellation).ConfigureAwait(false);
                List<string> differences = [.. description.Expected?.Compare(outcome) ?? []];
                TestReport.Write(description, outcome, differences, output);
                failed |= differences.Count > 0;
            }

            return failed ? ServerExit.Failed : ServerExit.Success;
        }
        catch (Exception exception) when (exception is ConfigurationException or FilterException or FilterAssertionException or CofferException)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.Usage;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"error: {exception.Message}").ConfigureAwait(false);
            return ServerExit.InputOutput;
        }
    }
}
