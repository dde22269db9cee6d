using System.CommandLine;
using Coffer.Opa;
using Coffer.Opa.Bundles;

namespace Coffer.Server.Policies;

/// <summary>Runs a verb, and says what went wrong in one line.</summary>
internal static class PolicyRun
{
    public static async Task<int> GuardAsync(ParseResult result, Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is BundleException or CofferException)
        {
            return await FailAsync(result, exception.Message, ServerExit.Usage).ConfigureAwait(false);
        }
        catch (PolicyException exception)
        {
            var isUsage = exception.Kind is PolicyErrorKind.NotAPolicy or PolicyErrorKind.UnknownEntrypoint or PolicyErrorKind.BadDocument;
            return await FailAsync(result, exception.Message, isUsage ? ServerExit.Usage : ServerExit.Failed)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(result, exception.Message, ServerExit.InputOutput).ConfigureAwait(false);
        }
    }

    private static async Task<int> FailAsync(ParseResult result, string message, int code)
    {
        await result.InvocationConfiguration.Error.WriteLineAsync($"error: {message}").ConfigureAwait(false);
        return code;
    }
}
