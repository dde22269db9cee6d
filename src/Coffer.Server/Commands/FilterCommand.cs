using System.CommandLine;
using Coffer.ProxyWasm;
using Coffer.Server.FilterTesting;
using Coffer.Server.Proxy;
using Coffer.Server.Proxy.Configuration;

namespace Coffer.Server.Commands;

/// <summary><c>coffer filter test</c>: what a filter does to a request that is described.</summary>
internal static class FilterCommand
{
    public static Command Create()
    {
        var module = new Argument<string>("filter") { Description = "The filter, a proxy-wasm module in binary or text format" };
        var descriptions = new Argument<string[]>("test") { Description = "The requests and what is expected, a file of JSON each", Arity = ArgumentArity.OneOrMore };
        var test = new Command(
            "test",
            """
            Run a filter against described requests, without a network, and show what it did.

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
            var files = new ProxyFiles(Path.Combine(Environment.CurrentDirectory, "here"));
            var filter = new FilterModules().Of(files.Read(module), Path.GetFileName(module)) as FilterModule
                ?? throw new FilterException($"{Path.GetFileName(module)} is a handler of http-wasm; only filters of proxy-wasm can be tested");
            var failed = false;
            foreach (var name in descriptions)
            {
                var description = TestDescription.Read(files.Read(name), Path.GetFileName(name));
                if (descriptions.Length > 1) await output.WriteLineAsync($"{Path.GetFileName(name)}:").ConfigureAwait(false);
                var outcome = await new FilterTest(description).RunAsync(filter, cancellation).ConfigureAwait(false);
                List<string> differences = [.. description.Expected?.Compare(outcome) ?? []];
                TestReport.Write(description, outcome, differences, output);
                failed |= differences.Count > 0;
            }

            return failed ? ServerExit.Failed : ServerExit.Success;
        }
        catch (Exception exception) when (exception is ConfigurationException or FilterException or CofferException)
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
