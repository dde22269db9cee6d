using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Abi;

/// <summary>The data of a policy: set, changed by path, and seen by all evaluations that begin afterwards.</summary>
public sealed class DataTests
{
    private const string Role = "opa-java-wasm/core/src/main/resources/demo-policy.wasm";
    private const string Entrypoint = "opa/wasm/test/allowed";

    [Fact]
    public void SetData_ReplacesWhatWasThere()
    {
        using var policy = PoliciesTests.Load(Role);
        policy.SetData("""{"role":{"alice":"admin"}}"""u8);
        Assert.True(IsAllowed(policy, "alice"));
        policy.SetData("""{"role":{"bob":"admin"}}"""u8);
        Assert.False(IsAllowed(policy, "alice"));
        Assert.True(IsAllowed(policy, "bob"));
    }

    [Fact]
    public void SetData_AtAPath_MakesWhatIsMissing_AndKeepsTheRest()
    {
        using var policy = PoliciesTests.Load(Role);
        policy.SetData(["role", "alice"], "admin");
        policy.SetData(["role", "bob"], "user");
        policy.SetData(["other", "deep", "er"], RegoValue.Parse("[1,2]"));
        Assert.True(IsAllowed(policy, "alice"));
        Assert.False(IsAllowed(policy, "bob"));
        policy.SetData(["role", "bob"], "admin");
        Assert.True(IsAllowed(policy, "bob"));
        Assert.Equal(RegoValue.Parse("""{"other":{"deep":{"er":[1,2]}},"role":{"alice":"admin","bob":"admin"}}"""), policy.GetData());
    }

    [Fact]
    public void RemoveData_TakesAPathAway()
    {
        using var policy = PoliciesTests.Load(Role);
        policy.SetData("""{"role":{"alice":"admin","bob":"admin"}}"""u8);
        policy.RemoveData(["role", "alice"]);
        Assert.False(IsAllowed(policy, "alice"));
        Assert.True(IsAllowed(policy, "bob"));
        policy.RemoveData(["role", "carol"]);
        Assert.Equal(RegoValue.Parse("""{"role":{"bob":"admin"}}"""), policy.GetData());
        Assert.Equal(PolicyErrorKind.BadDocument, Assert.Throws<PolicyException>(() => policy.RemoveData([])).Kind);
    }

    [Fact]
    public void Changes_DoNotAddUp()
    {
        using var policy = PoliciesTests.Load(Role, new PolicyOptions { MemoryBytes = 2 << 20 });
        var value = RegoValue.Parse("[" + string.Join(",", Enumerable.Range(0, 1000)) + "]");
        for (var i = 0; i < 500; i++)
        {
            policy.SetData(["role", "alice"], value);
            Assert.False(IsAllowed(policy, "alice"));
        }
    }

    [Theory]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{")]
    public void SetData_WithWhatIsNoObject_IsRefused_AndTheOldDataStays(string data)
    {
        using var policy = PoliciesTests.Load(Role);
        policy.SetData("""{"role":{"alice":"admin"}}"""u8);
        Assert.Equal(PolicyErrorKind.BadDocument,
            Assert.Throws<PolicyException>(() => policy.SetData(Encoding.UTF8.GetBytes(data))).Kind);
        Assert.True(IsAllowed(policy, "alice"));
    }

    [Fact]
    public void SetData_ThatDoesNotFit_IsRefused_AndTheOldDataStays()
    {
        using var policy = PoliciesTests.Load(Role, new PolicyOptions { MemoryBytes = 1 << 20 });
        policy.SetData("""{"role":{"alice":"admin"}}"""u8);
        var large = Encoding.UTF8.GetBytes("{\"role\":\"" + new string('x', 2 << 20) + "\"}");
        Assert.Equal(PolicyErrorKind.LimitReached, Assert.Throws<PolicyException>(() => policy.SetData(large)).Kind);
        Assert.True(IsAllowed(policy, "alice"));
    }

    [Fact]
    public void LargeInput_Fits_AndItsMemoryIsGivenBack()
    {
        using var policy = PoliciesTests.Load(Role, new PolicyOptions { KeptBytes = 1 << 20 });
        policy.SetData("""{"role":{"alice":"admin"}}"""u8);
        var large = Encoding.UTF8.GetBytes(
            "{\"user\":\"alice\",\"more\":[" + string.Join(",", Enumerable.Range(0, 500_000)) + "]}");
        for (var i = 0; i < 3; i++) Assert.True(policy.Evaluate(Entrypoint, large).IsTrue);
        Assert.True(IsAllowed(policy, "alice"));
    }

    [Fact]
    public async Task Evaluations_OnManyThreads_SeeTheNewDataOnceItIsSet()
    {
        using var policy = PoliciesTests.Load(Role);
        policy.SetData("""{"role":{"u0":"admin"}}"""u8);
        var stop = false;
        var failures = 0;
        var evaluations = 0;
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref stop))
            {

                if (!policy.Evaluate(Entrypoint, """{"user":"always"}"""u8).IsDefined) Interlocked.Increment(ref failures);
                Interlocked.Increment(ref evaluations);
            }
        })).ToArray();
        // On a busy machine the loop might be over before they begin.
        while (Volatile.Read(ref evaluations) == 0) await Task.Delay(1, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 200; i++)
        {
            policy.SetData(Encoding.UTF8.GetBytes($$$"""{"role":{"u{{{i}}}":"admin"}}"""));
            Assert.True(IsAllowed(policy, $"u{i}"));
            Assert.False(IsAllowed(policy, $"u{i - 1}"));
        }

        Volatile.Write(ref stop, true);
        await Task.WhenAll(workers);
        Assert.Equal(0, failures);
    }

    private static bool IsAllowed(Policy policy, string user) =>
        policy.Evaluate(Entrypoint, new RegoObject(new KeyValuePair<RegoValue, RegoValue>("user", user))).IsTrue;
}
