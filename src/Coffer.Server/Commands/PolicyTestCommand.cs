using System.CommandLine;
using Coffer.Opa;
using Coffer.Opa.Bundles;
using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Coffer.Server.Policies;

namespace Coffer.Server.Commands;

/// <summary><c>coffer policy test</c>: inputs, and what rules must give for them.</summary>
internal static class PolicyTestCommand
{
    public static Command Create()
    {
        var source = new PolicySource();
        var file = new Argument<string>("cases") { Description = "The cases, a file of JSON" };
        var command = new Command(
            "test",
            """
            Evaluate rules for the inputs of a file, and compare what they give with what is wanted there.

            The file is {"cases": [{"note": …, "path": …, "input": …, "data": …, "want": …}, …]}. Without "want" a rule
            must be undefined; "wantError" is a text that the message of a failure must have. "data" takes the place of
            the policies' own for one case.
            """)
        {
            file,
        };
        source.AddTo(command);
        command.SetAction(result => PolicyRun.GuardAsync(result, async () =>
        {
            using var policies = source.Load(result);
            var cases = (PolicySource.ReadDocument(result.GetRequiredValue(file)) as RegoObject)?["cases"] as RegoArray
                ?? throw new BundleException($"{result.GetRequiredValue(file)} has no array \"cases\"");
            var (passed, failed, data) = (0, 0, policies.Data);
            for (var i = 0; i < cases.Count; i++)
            {
                var one = cases[i] as RegoObject ?? throw new BundleException($"case {i} is no object");
                policies.SetData(one["data"] as RegoObject ?? data);
                var failure = Check(policies, one);
                if (failure is null) passed++;
                else failed++;
                var note = (one["note"] as RegoString)?.Value ?? $"case {i}";
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    failure is null ? $"pass  {note}" : $"FAIL  {note}: {failure}").ConfigureAwait(false);
            }

            await result.InvocationConfiguration.Output.WriteLineAsync($"{passed} passed, {failed} failed")
                .ConfigureAwait(false);
            return failed == 0 ? ServerExit.Success : ServerExit.Failed;
        }));
        return command;
    }

    private static string? Check(PolicySet policies, RegoObject one)
    {
        var path = (one["path"] as RegoString)?.Value.Trim('/') ?? throw new BundleException("a case has no \"path\"");
        var wantedError = (one["wantError"] as RegoString)?.Value;
        try
        {
            var value = policies.EvaluatePath(path, one["input"]);
            if (wantedError is not null) return $"{Show(value)} instead of an error with \"{wantedError}\"";
            return Same(value, one["want"]) ? null : $"{Show(value)} instead of {Show(one["want"])}";
        }
        catch (PolicyException exception)
        {
            return wantedError is not null && exception.Message.Contains(wantedError, StringComparison.Ordinal)
                ? null
                : $"error: {exception.Message}";
        }
    }

    // Sets are arrays in a file of cases.
    private static bool Same(RegoValue? value, RegoValue? wanted) =>
        value is null ? wanted is null : wanted is not null && RegoValue.Parse(value.ToJson()) == wanted;

    private static string Show(RegoValue? value) => value?.ToJson() ?? "undefined";
}
