using System.Runtime.Versioning;
using Coffer.Cli;
using Coffer.Cli.Tests;
using Coffer.Tests;

namespace Coffer.Native.Tests.Executables;

/// <summary>Executables of <c>coffer build</c> keep every property of the sandbox.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ExecutableTests(BuiltExecutables built) : IClassFixture<BuiltExecutables>
{
    private Outcome Run(params string[] arguments) => built.Run(everyProposal: false, arguments);

    [Fact]
    public void Arguments_AreTheGuests_WhateverTheyLookLike()
    {
        var run = Run("9", "--timeout", "1h", "--help", "ü", "run", "--dir", "/", "guest.wat");
        Assert.Equal("guest.wat\09\0--timeout\01h\0--help\0ü\0run\0--dir\0/\0guest.wat\0", run.Output);
        run.EndsWith(0, "");
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void Traps_SayWhatAndWhere()
    {
        Run("0").EndsWith(ExitCode.Trap, "error: trap: unreachable\n  at unreachable (guest.wat)\n  at _start (guest.wat)\n");
        Run("1").EndsWith(ExitCode.Trap, "error: trap: integer divide by zero\n  at divide (guest.wat)\n");
    }

    [Fact]
    public void Memory_BeyondItsEnd_IsATrapOfTheGuest() =>
        Run("2").EndsWith(ExitCode.Trap, "error: trap: out of bounds memory access\n  at outside (guest.wat)\n");

    [Fact]
    public void Recursion_WithoutEnd_ExhaustsTheGuestAlone()
    {
        var run = Run("3");
        run.EndsWith(ExitCode.Exhausted, "error: call stack exhausted\n  at recurse (guest.wat)\n");
        Assert.Contains("hint: when it is built, allow deeper calls: --stack", run.Error);
    }

    [Fact]
    public void Loop_WithoutEnd_EndsAtTheDeadlineOfTheManifest_WhateverTheEnvironmentSays() =>
        Run("4").EndsWith(ExitCode.Exhausted, "error: the deadline has passed\n  at endless (guest.wat)\n");

    [Fact]
    public void Grants_OfTheManifest_StartAtTheFolderOfTheExecutable()
    {
        var run = Run("5");
        run.EndsWith(0, "");
        Assert.Equal("", run.Error);
        var trail = File.ReadAllLines(Path.Combine(built.Folder, "audit.jsonl"));
        Assert.Contains(trail, line => line.Contains("\"operation\":\"path_open\"") && line.Contains("\"module\":\"guest.wat\"") && line.Contains("\"allowed\":true"));
    }

    [Fact]
    public void Denials_AreSaidWithWhatWouldAllowThem()
    {
        var run = Run("6");
        Assert.NotEqual(0, run.Code);
        Assert.Contains("coffer: denied  path_open  /secret.txt  (", run.Error);
        Assert.Contains("the guest has: / → data (read-only)", run.Error);
        Assert.Contains("to allow: --dir data::/:", run.Error);
        Assert.Contains("at: create (guest.wat)", run.Error);
    }

    [Fact]
    public void Limits_OfTheManifest_BoundMemory() => Run("8").EndsWith(1, "");

    [Fact]
    public void Random_GrantedByTheManifest_IsThere() => Run("7").EndsWith(0, "");

    [Fact]
    public void Environment_OfTheProcess_IsNotTheGuests() => Run(":").EndsWith(2, "");

    [Fact]
    public void EveryProposal_CheckedAndMetered_WorksUntilTheFuelIsUsedUp() =>
        built.Run(everyProposal: true).EndsWith(ExitCode.Exhausted, "error: all fuel consumed\n  at _start (every.wat)\n");

    [Fact]
    public void LargeModule_OfTheGoCompiler_Runs()
    {
        var run = built.BuildAndRun(TestData.Require("guests/go/hello.wasm"));
        Assert.StartsWith("hello from Go", run.Output);
        Assert.Contains("recovered runtime error: invalid memory address", run.Output);
    }

    [Fact]
    public void Build_WhatIsNoProgram_IsRefusedWithTheReason()
    {
        BuiltExecutables.Require();
        using var cli = new CliRun();
        cli.Write("library.wat", "(module (func (export \"f\")))");
        Assert.Contains("is no program: it exports no _start", cli.Run("build", "-o", "x", "library.wat").FailsWith(ExitCode.Usage));
        cli.Write("imports.wat", "(module (import \"env\" \"f\" (func)) (func (export \"_start\")))");
        Assert.Contains("imports function \"env\" \"f\", which no executable offers", cli.Run("build", "-o", "x", "imports.wat").FailsWith(ExitCode.Link));
        cli.Write("invalid.wat", "(module (func (export \"_start\") (i32.const 1)))");
        Assert.Contains("invalid.wat: invalid module", cli.Run("build", "-o", "x", "invalid.wat").FailsWith(ExitCode.InvalidModule));
        Assert.Contains("cannot read \"none.wat\"", cli.Run("build", "-o", "x", "none.wat").FailsWith(ExitCode.InputOutput));
        Assert.Contains("there is no module", cli.Run("build", "-o", "x").FailsWith(ExitCode.Usage));
        Assert.False(File.Exists(Path.Combine(cli.Folder, "x")));
    }

    [Fact]
    public void Refusal_NamesWhatIsMissing()
    {
        Assert.SkipUnless(new ExecutableCompiler(new Engine()) { Compiler = "ilc", Runtime = "runtime", Linker = "gcc" }.Refusal() is null, "another system is refused as a whole");
        var engine = new Engine();
        Assert.Contains("ILC", new ExecutableCompiler(engine) { Compiler = null }.Refusal()?.Reason);
        Assert.Contains("ilcompiler", new ExecutableCompiler(engine) { Compiler = null }.Refusal()?.Remedy);
        Assert.Contains("the runtime", new ExecutableCompiler(engine) { Compiler = "ilc", Runtime = null }.Refusal()?.Reason);
        Assert.Contains("no linker", new ExecutableCompiler(engine) { Compiler = "ilc", Runtime = "runtime", Linker = null }.Refusal()?.Reason);
    }

    [Fact]
    public void Tool_ThatFails_IsQuoted()
    {
        BuiltExecutables.Require();
        var compiler = new ExecutableCompiler(new Engine()) { Compiler = "/bin/false" };
        var module = Bench.Binary("(module (func (export \"_start\")))");
        var failure = Assert.Throws<NativeCompilationException>(
            () => compiler.Compile(module, "x", Coffer.Cli.Standalone.StandaloneProgram.Entry, "{}", TestContext.Current.CancellationToken));
        Assert.Contains("ILC failed with exit code 1", failure.Message);
    }
}
