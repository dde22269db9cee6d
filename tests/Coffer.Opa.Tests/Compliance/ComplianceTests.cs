using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>
/// Open Policy Agent's own cases, as far as they call builtins that the host supplies. Each case is a few modules of Rego, a
/// query, perhaps data and an input, and either the wanted bindings or the wanted error. There is no compiler of Rego here, so
/// a small evaluator (<see cref="RegoEvaluator"/>) reads the modules and calls the builtins as the case does; values, sets as
/// arrays, must be the wanted ones, and errors must contain the wanted message. <c>known-differences.txt</c> lists the cases
/// that do not agree, with reasons.
/// </summary>
public sealed class ComplianceTests
{
    private static readonly PolicyOptions Options = new()
    {
        Capabilities = new CapabilitySet(
            new ClockGrant(GuestClock.Wall), new RandomGrant(),
                new NameLookupGrant(Capabilities.Network.HostPattern.Of("localhost", System.Net.IPAddress.Loopback))),
    };

    [Fact]
    public void Builtins_AgreeWithTheCasesOfOpenPolicyAgent()
    {
        var cases = HostCase.ReadAll(TestData.Require("opa/compliance-v1"));
        var known = HostCase.KnownDifferences();
        var failures = cases.Select(one => (one.Name, Failure: one.Run(Options))).Where(result => result.Failure is not null)
            .ToList();
        var agreed = cases.Count - failures.Count;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{agreed} of {cases.Count} cases agree ({100.0 * agreed / cases.Count:0.0} %)");
        foreach (var (name, failure) in failures) TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {failure}");
        Assert.True(agreed >= 0.95 * cases.Count, $"{agreed} of {cases.Count} agree");
        Assert.Equal(known.Order(StringComparer.Ordinal), failures.Select(result => result.Name)
            .Order(StringComparer.Ordinal));
    }
}
