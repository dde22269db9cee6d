using Coffer.Cli.Embedding;

namespace Coffer.Cli.Tests.Commands;

public sealed class EmbedCommandTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private CliResult Embed(string text, string className = "Guest", string space = "My.App")
    {
        cli.Write("guest.wat", text);
        return cli.Run("embed", "--class", className, "--namespace", space, "-o", ".", "guest.wat");
    }

    private string Source(string text)
    {
        Embed(text).Succeeds();
        return File.ReadAllText(Path.Combine(cli.Folder, "Guest.g.cs"));
    }

    [Fact]
    public void Class_HasAMethodForEachFunctionOfNumbers()
    {
        var source = Source(
            """
            (module
              (func (export "add-all") (param i32 i64 f32 f64) (result f64) (local.get 3))
              (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
              (func (export "nothing"))
              (func (export "reference") (param externref))
              (memory (export "memory") 1))
            """);
        Assert.Contains("namespace My.App;", source);
        Assert.Contains("public sealed class Guest\n", source);
        Assert.Contains("public double AddAll(int argument0, long argument1, float argument2, double argument3) => function0(argument0, argument1, argument2, argument3);", source);
        Assert.Contains("public (int, long) Two() => function1();", source);
        Assert.Contains("public void Nothing() => function2();", source);
        Assert.DoesNotContain("Reference(", source);
        Assert.DoesNotContain("IImports", source);
        Assert.Contains("global::My.App.GuestGuest.LinkedModule.Load", source);
        Assert.True(File.Exists(Path.Combine(cli.Folder, "My.App.GuestGuest.dll")));
    }

    [Fact]
    public void Imports_AreAnInterface_ButThoseOfWasi()
    {
        var source = Source(
            """
            (module
              (import "env" "log" (func (param i32) (result i64)))
              (import "other" "log" (func))
              (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))
            """);
        Assert.Contains("long Log(global::Coffer.Caller caller, int argument0);", source);
        Assert.Contains("void Log2(global::Coffer.Caller caller);", source);
        Assert.Contains("linker.DefineFunction(\"other\", \"log\", new global::System.Action<global::Coffer.Caller>(imports.Log2));", source);
        Assert.DoesNotContain("proc_exit", source);
    }

    [Theory]
    [InlineData("add", "Add")]
    [InlineData("_start", "Start")]
    [InlineData("7zip", "_7zip")]
    [InlineData("get-type", "GetType2")]
    [InlineData("Guest", "Guest2")]
    [InlineData("\u00e9", "Function")]
    [InlineData("a */ } <b>", "AB")]
    public void Names_OfFunctions_AreNamesInCSharp(string name, string member)
    {
        var source = Source($"(module (func (export \"{name}\")))");
        Assert.Contains($"public void {member}() => function0();", source);
        Assert.DoesNotContain("<b></c>", source);
    }

    [Fact]
    public void Literals_OfAnyName_AreOneLiteral() => Assert.Equal("\"a\\u0022\\u005c\\u000a\\u00e9\"", CSharpNames.Literal("a\"\\\n\u00e9"));

    [Fact]
    public void Structs_AreRefused()
    {
        var error = Embed("(module (type $s (struct (field i32))) (func (export \"f\") (drop (struct.new $s (i32.const 1)))))").FailsWith(ExitCode.InputOutput);
        Assert.Contains("guest.wat has structs of garbage collection", error);
        Assert.Empty(Directory.GetFiles(cli.Folder, "*.dll"));
    }

    [Theory]
    [InlineData("1st", "My")]
    [InlineData("A.B", "My")]
    [InlineData("A", "My..App")]
    [InlineData("A\"; evil", "My")]
    public void Names_ThatAreNone_AreRefused(string className, string space) =>
        Assert.Contains("is no name in C#", Embed("(module)", className, space).FailsWith(ExitCode.Usage));

    [Fact]
    public void Modules_ThatAreNotValid_AreRefused() =>
        Assert.Contains("invalid module", Embed("(module (func (result i32)))").FailsWith(ExitCode.InvalidModule));
}
