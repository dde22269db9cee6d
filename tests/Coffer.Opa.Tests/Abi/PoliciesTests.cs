using System.Text;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Abi;

/// <summary>The policies of other implementations' test suites, with the results that these expect.</summary>
public sealed class PoliciesTests
{
    private static readonly Engine Engine = new();

    private const string Hello = "dotnet-opa-wasm/example.wasm";
    private const string Role = "opa-java-wasm/core/src/main/resources/demo-policy.wasm";
    private const string Basics = "OpaDotNet/src/Wasm/tests/TestData/basics/";

    // The policy, its data, the entrypoint, the input, and the wanted value; null when it is undefined.
    public static TheoryData<string, string?, string, string?, string?> Results => new()
    {
        { Hello, """{"world":"world"}""", "example/hello", """{"message":"world"}""", "true" },
        { Hello, """{"world":"world"}""", "example/hello", """{"message":"not world"}""", "false" },
        { Hello, null, "example/hello", null, "false" },
        { Role, """{"role":{"alice":"admin","bob":"user"}}""", "opa/wasm/test/allowed", """{"user":"alice"}""", "true" },
        { Role, """{"role":{"alice":"admin","bob":"user"}}""", "opa/wasm/test/allowed", """{"user":"bob"}""", "false" },
        { Role, """{"role":{}}""", "opa/wasm/test/allowed", "5", "false" },
        { Basics + "simple-1.2.wasm", """{"world":"hi"}""", "example/hello", """{"message":"hi"}""", "true" },
        { Basics + "simple-1.2.wasm", """{"world":"hi"}""", "example/hello", """{"message":"ho"}""", "false" },
        { Basics + "simple-1.3.wasm", """{"world":"hi"}""", "example/hello", """{"message":"hi"}""", "true" },
        { Basics + "../compile-bundle/policy.wasm", """{"test1":{"world":"a"},"test2":{"world":"b"}}""", "test1/hello", """{"message":"a"}""", "true" },
        { Basics + "../compile-bundle/policy.wasm", """{"test1":{"world":"a"},"test2":{"world":"b"}}""", "test2/hello", """{"message":"a"}""", "false" },
        { "OpaDotNet/docs/snippets/data/policy.wasm", """{"world":"wörld 🎉"}""", "example/hello", """{"message":"w\u00f6rld \ud83c\udf89"}""", "true" },
        { "dotnet-opa-wasm/abort.wasm", null, "aborttestpkg/q", null, null },
        { "golang-opa-wasm/examples/basic/example-1.wasm", null, "", """{"foo":true}""", "true" },
        { "golang-opa-wasm/examples/basic/example-1.wasm", null, "", """{"foo":{"bar":[1,2]}}""", """{"bar":[1,2]}""" },
        { "golang-opa-wasm/examples/basic/example-1.wasm", null, "", "{}", null },
        { "kubewarden/tests/data/gatekeeper_always_happy_policy.wasm", null, "policy/violation", "{}", "[]" },
    };

    [Theory]
    [MemberData(nameof(Results))]
    public void Evaluate_GivesTheExpectedResult(string file, string? data, string entrypoint, string? input, string? wanted)
    {
        using var policy = Load(file);
        if (data is not null) policy.SetData(Encoding.UTF8.GetBytes(data));
        if (wanted is null && file.EndsWith("abort.wasm", StringComparison.Ordinal))
        {
            Assert.Equal(PolicyErrorKind.Aborted, Assert.Throws<PolicyException>(() => policy.Evaluate(entrypoint)).Kind);
            return;
        }

        for (var i = 0; i < 3; i++)
        {
            var result = policy.Evaluate(
                entrypoint, Encoding.UTF8.GetBytes(input ?? ""), TestContext.Current.CancellationToken);
            Assert.Equal(wanted is null ? null : RegoValue.Parse(wanted), result.Value);
        }
    }

    [Theory]
    [InlineData("dotnet-opa-wasm/example.wasm", "1.3")]
    [InlineData(Basics + "simple-1.2.wasm", "1.2")]
    [InlineData("golang-opa-wasm/examples/basic/example-1.wasm", "1.0")]
    public void AbiVersion_IsThatOfTheModule(string file, string version)
    {
        using var policy = Load(file);
        Assert.Equal(version, policy.AbiVersion.ToString());
    }

    [Fact]
    public void Builtins_OfTheHost_AreCalledWithTheirOperands()
    {
        RegoValue Show(BuiltinContext _, RegoValue[] operands) => string.Join("|", operands.AsEnumerable());
        var builtins = Enumerable.Range(0, 5)
            .Aggregate(BuiltinTable.Empty, (table, i) => table.With($"custom.func{i}", Show));
        using var policy = Load("dotnet-opa-wasm/builtincall.wasm", new PolicyOptions { Builtins = builtins });
        Assert.Equal(
            RegoValue.Parse("""{"result0":"","result1":"\"s1\"","result2":"1|2","result3":"\"s1\"|\"s2\"|false","result4":"[\"s1-1\",\"s1-2\"]|\"s2\"|\"s3\"|\"s4\""}"""),
            policy.Evaluate("builtincallsallpkg").Value);
    }

    [Fact]
    public void Builtin_WithNumbers_GivesASum()
    {
        var builtins = BuiltinTable.Standard.With("custom.func2", (_, operands) =>
            RegoNumber.Of(((RegoNumber)operands[0]).ToBigInteger() + ((RegoNumber)operands[1]).ToBigInteger()));
        using var policy = Load("dotnet-opa-wasm/math-builtin.wasm", new PolicyOptions { Builtins = builtins });
        Assert.Equal((RegoValue)7L, policy.Evaluate("math/builtins/result", """{"firstNumber":"3","secondNumber":"4"}"""u8).Value);
        Assert.Equal((RegoValue)(-1L), policy.Evaluate("math/builtins/result", """{"firstNumber":"x"}"""u8).Value);
    }

    [Fact]
    public void MissingBuiltin_FailsWithItsName()
    {
        using var policy = Load("dotnet-opa-wasm/simplebuiltincall.wasm");
        Assert.Equal(["custom.func"], policy.MissingBuiltins);
        var error = Assert.Throws<PolicyException>(() => policy.Evaluate("builtincallpkg"));
        Assert.Equal(PolicyErrorKind.MissingBuiltin, error.Kind);
        Assert.Contains("custom.func is not supplied", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FailedBuiltin_IsUndefinedAndTold_OrEndsTheEvaluation()
    {
        var builtins = BuiltinTable.Empty.With("custom.func", (_, _) => throw new BuiltinException("no such person"));
        using var lenient = Load("dotnet-opa-wasm/simplebuiltincall.wasm", new PolicyOptions { Builtins = builtins });
        var result = lenient.Evaluate("builtincallpkg");
        Assert.Equal(RegoValue.Parse("""{"someep":false}"""), result.Value);
        Assert.Equal(["custom.func: no such person"], result.BuiltinErrors);

        using var strict = Load("dotnet-opa-wasm/simplebuiltincall.wasm",
            new PolicyOptions { Builtins = builtins, StrictBuiltinErrors = true });
        var error = Assert.Throws<PolicyException>(() => strict.Evaluate("builtincallpkg"));
        Assert.Equal((PolicyErrorKind.BuiltinFailed, "custom.func: no such person"), (error.Kind, error.Message));
    }

    [Fact]
    public void Abort_TellsTheReason()
    {
        using var policy = Load("dotnet-opa-wasm/abort.wasm");
        var error = Assert.Throws<PolicyException>(() => policy.Evaluate("aborttestpkg"));
        Assert.Equal(PolicyErrorKind.Aborted, error.Kind);
        Assert.Contains("var assignment conflict", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownEntrypoint_IsToldWithTheKnownOnes()
    {
        using var policy = Load(Hello);
        var error = Assert.Throws<PolicyException>(() => policy.Evaluate("example/helo"));
        Assert.Equal(PolicyErrorKind.UnknownEntrypoint, error.Kind);
        Assert.Contains("example/hello", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("nope")]
    public void BadInput_IsAnError_AndTheNextEvaluationWorks(string input)
    {
        using var policy = Load(Hello);
        Assert.Throws<PolicyException>(() => policy.Evaluate("example/hello", Encoding.UTF8.GetBytes(input)));
        Assert.Equal((RegoValue)false, policy.Evaluate("example/hello", "{}"u8).Value);
    }

    [Fact]
    public void ModuleThatIsNoPolicy_IsRefusedWithWhatItLacks()
    {
        var error = Assert.Throws<PolicyException>(() => Policy.Load(Engine, new byte[] { 0, 0x61, 0x73, 0x6D, 1, 0, 0, 0 }));
        Assert.Equal(PolicyErrorKind.NotAPolicy, error.Kind);
        Assert.Contains("opa_malloc", error.Message, StringComparison.Ordinal);
    }

    // What these tests are about is not time, and a machine may be busy; deadlines are those of LimitTests.
    internal static Policy Load(string file, PolicyOptions? options = null) => Policy.Load(
        Engine,
        File.ReadAllBytes(TestData.Require("opa/" + file)),
        (options ?? PolicyOptions.Default) with { Deadline = TimeSpan.FromMinutes(1) },
        Path.GetFileName(file));
}
