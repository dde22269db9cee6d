using System.CommandLine;
using System.Text;
using Coffer.Opa.Decisions;
using Coffer.Opa.Values;
using Coffer.Server.Policies;

namespace Coffer.Server.Commands;

/// <summary><c>coffer policy eval</c>: what a rule gives for an input.</summary>
internal static class PolicyEvalCommand
{
    public static Command Create()
    {
        var source = new PolicySource();
        var path = new Argument<string>("path") { Description = "The rule, such as example/allow" };
        var input = new Option<string?>(
            "--input", "-i") { Description = "The input, a file of JSON; - for standard input", HelpName = "file" };
        var fail = new Option<bool>("--fail") { Description = "Exit with 1 when the rule is undefined" };
        var command = new Command(
            "eval", "Evaluate a rule, and print {\"result\": …}, or {} when it is undefined.") { path, input, fail };
        source.AddTo(command);
        command.SetAction(result => PolicyRun.GuardAsync(result, async () =>
        {
            var service = new DecisionService(source.Load(result));
            await using var _ = service.ConfigureAwait(false);
            var decision = service.Decide(
                result.GetRequiredValue(path).Trim('/'), result.GetValue(input) is { } file
                    ? PolicySource.ReadDocument(file)
                    : null);
            foreach (var error in decision.BuiltinErrors) await result.InvocationConfiguration.Error.WriteLineAsync(
                $"builtin error: {error}").ConfigureAwait(false);
            var printed = decision.Value is null ? RegoObject.Empty : RegoObject.Of(("result", decision.Value));
            await result.InvocationConfiguration.Output.WriteLineAsync(
                Encoding.UTF8.GetString(printed.ToIndentedJsonBytes())).ConfigureAwait(false);
            return decision.Value is null && result.GetValue(fail) ? ServerExit.Failed : ServerExit.Success;
        }));
        return command;
    }
}
