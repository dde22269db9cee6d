using System.Runtime.Versioning;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;
using Coffer.Native.Tests.Executables;

namespace Coffer.Native.Tests.Launching;

/// <summary>What the launcher becomes, and what of a cache it believes.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    private const string Nothing = """(module (func (export "_start")))""";
    private const string Other = """(module (func (export "_start") nop))""";

    private readonly LauncherBench bench = new();

    public void Dispose() => bench.Dispose();

    private static void BecameTheExecutable(Outcome run, params string[] words)
    {
        Assert.Equal(string.Join(' ', words.Prepend("executable")) + "\n", run.Output);
        run.EndsWith(0, "");
    }

    private static void BecameTheCommand(Outcome run, params string[] words)
    {
        Assert.Equal(string.Join(' ', words.Prepend("command")) + "\n", run.Output);
        run.EndsWith(LauncherBench.CommandCode, "");
    }

    [Fact]
    public void PlainRun_OfWhatTheCacheHas_BecomesIt()
    {
        bench.Publish(bench.Module(Nothing));
        BecameTheExecutable(bench.Run("run", "guest.wasm", "--help", "x"), "run", "guest.wasm", "--help", "x");
        BecameTheExecutable(bench.Run("run", "--", "guest.wasm", "--"), "run", "--", "guest.wasm", "--");
        string[] granted = ["run", "--dir", ".::/:ro", "--env=A=B", "--timeout", "1s", "--quiet-denials", "guest.wasm", "--dir"];
        BecameTheExecutable(bench.Run(granted), granted);
        bench.Module(Nothing, "same-content.wasm");
        BecameTheExecutable(bench.Run("run", "./same-content.wasm"), "run", "./same-content.wasm");
        BecameTheExecutable(bench.Run("run", Path.Combine(bench.Folder, "missing/../guest.wasm")), "run", Path.Combine(bench.Folder, "missing/../guest.wasm"));
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("run")]
    [InlineData("run", "--fuel", "1", "guest.wasm")]
    [InlineData("run", "--memory", "auto", "guest.wasm")]
    [InlineData("run", "--invoke", "_start", "guest.wasm")]
    [InlineData("run", "--audit", "-", "guest.wasm")]
    [InlineData("run", "--manifest", "coffer.json", "guest.wasm")]
    [InlineData("run", "--dir", ".", "--prepare", "guest.wasm")]
    [InlineData("run", "--dir", "--env", "guest.wasm")]
    [InlineData("run", "--cache", "off", "guest.wasm")]
    [InlineData("run", "--unknown", "guest.wasm")]
    [InlineData("run", "other.wasm", "guest.wasm")]
    [InlineData("run", "guest.wat")]
    [InlineData("run", "missing.wasm")]
    [InlineData("run", "bin")]
    [InlineData("learn", "guest.wasm")]
    [InlineData("serve")]
    public void AnythingElse_BecomesTheCommand(params string[] line)
    {
        bench.Publish(bench.Module(Nothing));
        bench.Module(Other, "other.wasm");
        File.WriteAllText(Path.Combine(bench.Folder, "guest.wat"), Nothing);
        BecameTheCommand(bench.Run(line), line);
    }

    [Theory]
    [InlineData("COFFER_EXECUTABLES", "off")]
    [InlineData("COFFER_CACHE", "off")]
    [InlineData("COFFER_CACHE", "elsewhere")]
    public void Variables_SwitchItOff(string name, string value)
    {
        bench.Publish(bench.Module(Nothing));
        BecameTheCommand(bench.RunWith(new() { [name] = value }, "", "run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Cache_OfTheUser_IsWhereTheCommandHasIt()
    {
        bench.Publish(bench.Module(Nothing));
        Directory.Move(bench.Cache, Path.Combine(bench.Folder, "coffer"));
        BecameTheExecutable(
            bench.RunWith(new() { ["COFFER_CACHE"] = "auto", ["XDG_CACHE_HOME"] = bench.Folder }, "", "run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Module_ReplacedAtItsPath_IsAnother()
    {
        bench.Publish(bench.Module(Nothing));
        bench.Module(Other);
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
        bench.Module(Nothing);
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Program_ThatIsNotAsTheRecordSays_IsNotStarted() => AfterEach(
        program => File.AppendAllText(program, "\n"),
        RewriteWithItsTimes,
        program => File.SetLastWriteTimeUtc(program, DateTime.UtcNow.AddSeconds(-5)),
        program => File.Copy(Move(program), program),
        program => File.CreateSymbolicLink(program, Move(program)),
        program => File.SetUnixFileMode(program, File.GetUnixFileMode(program) | UnixFileMode.GroupWrite),
        program => Shell("chown", "12345", program),
        File.Delete);

    [Fact]
    public void Record_ThatTheCacheDidNotSign_IsNotBelieved() => AfterEach(
        program => Change(RecordOf(program), content => content[^1] ^= 1),
        program => Change(RecordOf(program), content => content[0] ^= 1),
        program => File.WriteAllBytes(RecordOf(program), []),
        program => File.WriteAllBytes(RecordOf(program), new byte[40]),
        program => File.CreateSymbolicLink(RecordOf(program), Move(RecordOf(program))),
        program => File.Delete(RecordOf(program)),
        _ => Change(Path.Combine(bench.Cache, "key"), content => content[0] ^= 1),
        _ => Open(Path.Combine(bench.Cache, "key")),
        _ => Open(bench.Cache),
        _ => File.Delete(Path.Combine(bench.Cache, "key")),
        _ => Directory.CreateSymbolicLink(bench.Cache, Move(bench.Cache)),
        _ => Shell("chown", "12345", bench.Cache));

    [Fact]
    public void Record_OfAnotherModule_IsNotBelieved()
    {
        var one = bench.Publish(bench.Module(Nothing));
        var two = bench.Publish(bench.Module(Other, "other.wasm"), "echo other");
        File.Move(two, one, overwrite: true);
        File.Move(RecordOf(two), RecordOf(one), overwrite: true);
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Theory]
    [InlineData("command ")]
    [InlineData("engine ")]
    [InlineData("runtime ")]
    public void Executable_OfAnotherBuild_IsNotStarted(string line)
    {
        bench.Publish(bench.Module(Nothing));
        File.WriteAllText(bench.Identity, File.ReadAllText(bench.Identity).Replace(line, line + "0", StringComparison.Ordinal));
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Executable_OfAPlatformThatWasUpdated_IsNotStarted()
    {
        var module = bench.Module(Nothing);
        var program = bench.Publish(module);
        var platforms = Directory.CreateDirectory(Path.Combine(bench.Folder, "Microsoft.NETCore.App")).FullName;
        var key = File.ReadAllBytes(Path.Combine(bench.Cache, "key"));
        File.WriteAllBytes(RecordOf(program), CachedExecutable.Record(bench.Describe(module), program, platforms, key));
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
        Directory.CreateDirectory(Path.Combine(platforms, "10.0.99"));
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Identity_ThatIsMissing_LeavesAllToTheCommand()
    {
        bench.Publish(bench.Module(Nothing));
        File.Delete(bench.Identity);
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Program_ThatTheSystemDoesNotStart_IsLeftToTheCommand()
    {
        var module = bench.Module(Nothing);
        CacheFolder.Open(bench.Cache).Executables.Publish(bench.Describe(module), "no program"u8);
        BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Cache_ThatCannotBeWritten_IsUsed()
    {
        var program = bench.Publish(bench.Module(Nothing));
        File.SetLastWriteTimeUtc(RecordOf(program), DateTime.UtcNow.AddDays(-1));
        File.SetUnixFileMode(bench.Cache, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
        File.SetUnixFileMode(bench.Cache, Ownership.MostOfFolder);
    }

    [Fact]
    public void Use_IsWrittenDown_SoThatItIsNotEvicted()
    {
        var program = bench.Publish(bench.Module(Nothing));
        File.SetLastWriteTimeUtc(RecordOf(program), DateTime.UtcNow.AddDays(-1));
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
        Assert.InRange(DateTime.UtcNow - File.GetLastWriteTimeUtc(RecordOf(program)), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(10));
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    [Fact]
    public void Command_ThatIsMissing_IsSaid()
    {
        File.Delete(Path.Combine(bench.Folder, "bin", "coffer-managed"));
        bench.Run("run", "guest.wasm").EndsWith(74, "error: cannot start ");
    }

    [Fact]
    public void Arguments_AreHandedOnAsTheyAre()
    {
        bench.Publish(bench.Module(Nothing), "printf '%s|' \"$@\"; cat; exit 7");
        string[] words = ["run", "guest.wasm", "", " a  b ", "ü\n\t'\"", "-", "--", "$HOME", "*", new string('x', 100_000)];
        var run = bench.RunWith([], "input", words);
        Assert.Equal(string.Concat(words.Select(word => word + "|")) + "input", run.Output);
        run.EndsWith(7, "");
    }

    // Each does one thing to a new entry, after which it must not be used any more.
    private void AfterEach(params Action<string>[] changes)
    {
        var module = bench.Module(Nothing);
        foreach (var change in changes)
        {
            var program = bench.Publish(module);
            BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
            change(program);
            BecameTheCommand(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
            if (Directory.ResolveLinkTarget(bench.Cache, returnFinalTarget: false) is not null) File.Delete(bench.Cache);
            else Directory.Delete(bench.Cache, recursive: true);
        }
    }

    private static void RewriteWithItsTimes(string program)
    {
        var time = File.GetLastWriteTimeUtc(program);
        Change(program, content => content[^3] = (byte)'X');
        File.SetLastWriteTimeUtc(program, time);
    }

    private static void Change(string file, Action<byte[]> change)
    {
        var content = File.ReadAllBytes(file);
        change(content);
        File.WriteAllBytes(file, content);
    }

    private static string Move(string path)
    {
        var away = path + "-moved";
        Directory.Move(path, away);
        return away;
    }

    private static void Open(string path) => File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherRead);

    private static void Shell(string program, params string[] arguments)
    {
        if (Environment.UserName != "root") Assert.Skip("only root can give files away");
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
    }

    private static string RecordOf(string program) => Path.ChangeExtension(program, CachedExecutable.RecordExtension);

    /// <summary>The launcher hashes without wide vectors, and what looks for it otherwise with them.</summary>
    [Fact]
    public void LargeModule_IsKnownByTheHashThatTheCommandMakes()
    {
        // A section without meaning, whose size is in three bytes.
        var module = bench.Module(Nothing);
        var noise = new byte[(1 << 20) + 4321];
        new Random(1).NextBytes(noise);
        noise[0] = 0;
        byte[] size = [(byte)(noise.Length | 0x80), (byte)((noise.Length >> 7) | 0x80), (byte)(noise.Length >> 14)];
        File.WriteAllBytes(module, [.. File.ReadAllBytes(module), 0, .. size, .. noise]);
        bench.Publish(module);
        BecameTheExecutable(bench.Run("run", "guest.wasm"), "run", "guest.wasm");
    }

    private const string NoWordOfTiers = "no word of tiers\n";

    private void TellTiersInsteadOfRunning() => File.WriteAllText(
        Path.Combine(bench.Folder, "bin", LauncherFiles.Command), $"#!/bin/sh\necho ${{{LauncherFiles.TiersVariable}-no word of tiers}}\n");

    private string NativeCode(string module, Func<ArtifactDescription, ArtifactDescription> change) =>
        Path.Combine(bench.Cache, change(bench.Describe(module).Without(LauncherFiles.BuildLine)).Key + ".cof");

    [Theory]
    [MemberData(nameof(LauncherBench.FirstRuns), MemberType = typeof(LauncherBench))]
    public void Run_WithoutNativeCode_AsksForTiers(params string[] line)
    {
        TellTiersInsteadOfRunning();
        var module = bench.Module(Nothing);
        var off = new Dictionary<string, string> { ["COFFER_CACHE"] = "off" };
        Assert.Equal("1\n", bench.RunWith(off, "", line).Output);
        Assert.Equal("0\n", bench.RunWith(new(off) { [LauncherFiles.TiersVariable] = "0" }, "", line).Output);
        Assert.Equal("1\n", bench.Run(["run", "--cache=off", .. line[1..]]).Output);

        // Before there is a folder, in one without the code, in one that is not trusted, and where executables are not wanted.
        Assert.Equal("1\n", bench.Run(line).Output);
        CacheFolder.Open(bench.Cache);
        Assert.Equal("1\n", bench.Run(line).Output);
        Assert.Equal("1\n", bench.RunWith(new() { ["COFFER_EXECUTABLES"] = "off" }, "", line).Output);
        Open(bench.Cache);
        Assert.Equal("1\n", bench.Run(line).Output);
        File.SetUnixFileMode(bench.Cache, Ownership.MostOfFolder);

        File.WriteAllText(NativeCode(module, description => line[1] switch
        {
            "--fuel" => description.Replace("fuel", "yes"),
            "--memory" => description.Replace("memory", "checked"),
            _ => description,
        }), "");
        Assert.Equal(NoWordOfTiers, bench.Run(line).Output);
        Assert.Equal("1\n", bench.Run(["run", "--cache", "elsewhere", .. line[1..]]).Output);
        Assert.Equal(NoWordOfTiers, bench.RunWith(off, "", ["run", "--cache", bench.Cache, .. line[1..]]).Output);
    }

    [Theory]
    [InlineData("run", "--prepare", "guest.wasm")]
    [InlineData("run", "--dir", ".", "--prepare", "guest.wasm")]
    [InlineData("run", "--cache", "wait", "guest.wasm")]
    [InlineData("run", "--features", "all", "guest.wasm")]
    [InlineData("run", "--print-manifest", "guest.wasm")]
    [InlineData("run", "missing.wasm")]
    [InlineData("run", "--help")]
    [InlineData("validate", "guest.wasm")]
    public void AnythingElse_AsksForNoTiers(params string[] line)
    {
        TellTiersInsteadOfRunning();
        bench.Module(Nothing);
        CacheFolder.Open(bench.Cache);
        Assert.Equal(NoWordOfTiers, bench.Run(line).Output);
        Assert.Equal(NoWordOfTiers, bench.RunWith(new() { ["COFFER_CACHE"] = "wait" }, "", line).Output);
    }
}
