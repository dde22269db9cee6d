using Coffer.Cli.Running;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;

namespace Coffer.Launcher;

/// <summary>A module of a line, in a cache that is the user's alone.</summary>
internal sealed class CachedModule
{
    // So many runs from native code are a habit, by which the long time is worth it that an executable takes.
    private const int Habit = 4;

    // Native code that the command itself can use, by its own name.
    private const string NativeExtension = ".cof";

    private readonly byte[] key;
    private readonly ArtifactDescription executable;
    private readonly string nativeCode;

    private CachedModule(string folder, byte[] key, string file, byte[] content, ArtifactDescription executable, ArtifactDescription native)
    {
        (Folder, this.key, File, Content, this.executable) = (folder, key, file, content, executable);
        nativeCode = Path.Combine(folder, native.Key + NativeExtension);
    }

    /// <summary>What the command beside the launcher compiles for; null when nothing says so.</summary>
    public static ArtifactDescription? Identity { get; } = ReadIdentity();

    /// <summary>The folder of the cache.</summary>
    public string Folder { get; }

    /// <summary>The file of the module.</summary>
    public string File { get; }

    /// <summary>The module.</summary>
    public byte[] Content { get; }

    /// <summary>Whether the command will find native code for the line.</summary>
    public bool HasNativeCode => FileStatus.Of(nativeCode) is not null;

    /// <summary>
    /// Reads the module of a line; null when it is none in the binary format that may have an executable, or nothing says what the
    /// command compiles for.
    /// </summary>
    public static CachedModule? Read(RunLine line, string folder, byte[] key)
    {
        if (Identity is not { } identity) return null;
        if (ReadContent(line) is not { } module) return null;
        var executable = identity.For(module);
        return Native(executable, line) is { } native ? new CachedModule(folder, key, FileOf(line), module, executable, native) : null;
    }

    /// <summary>The module of a line; null when it is none in the binary format, or larger than what is made for later or meanwhile.</summary>
    public static byte[]? ReadContent(RunLine line)
    {
        var content = SystemFile.TryRead(FileOf(line), LauncherFiles.MostModuleBytes, followsLinks: true, out _);
        return content?.AsSpan().StartsWith("\0asm"u8) == true ? content : null;
    }

    private static string FileOf(RunLine line) => Path.GetFullPath(line.File, Environment.CurrentDirectory);

    /// <summary>The executable that the cache vouches for; null when there is none.</summary>
    public string? FindExecutable() => CachedExecutable.Find(Folder, key, executable);

    /// <summary>Counts a run from native code, and says whether it is time to make an executable.</summary>
    public bool CountRun()
    {
        var name = executable.Key;

        // Not each run from then on: what is started gets no share of a busy machine, and would be there many times.
        return RunCount.Add(Folder, name) is >= Habit and var count && long.IsPow2(count) && !CachePlace.HasFailed(Folder, name);
    }

    // What the command compiles for when the line says nothing about code, and else what the line says.
    private static ArtifactDescription? Native(ArtifactDescription executable, RunLine line)
    {
        var native = executable.Without(LauncherFiles.BuildLine);
        if (line.Value(RunOption.Fuel) is not null) native = native.Replace(ArtifactDescription.Fuel, ArtifactDescription.Yes);
        return line.Value(RunOption.Memory) switch
        {
            null => native,
            "auto" or "guarded" or "checked" => native.Replace(ArtifactDescription.Memory, line.Value(RunOption.Memory)!),
            _ => null,
        };
    }

    private static ArtifactDescription? ReadIdentity()
    {
        var file = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Identity);
        return SystemFile.TryRead(file, 1 << 14, followsLinks: true, out _) is { } lines ? ArtifactDescription.Read(lines) : null;
    }
}
