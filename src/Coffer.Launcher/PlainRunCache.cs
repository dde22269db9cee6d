using System.Runtime.InteropServices;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;

namespace Coffer.Launcher;

/// <summary>What the cache has for the module of a plain run.</summary>
internal sealed partial class PlainRunCache
{
    // So many runs from native code are a habit, by which the long time is worth it that an executable takes.
    private const int Habit = 4;

    private const int AddressSpace = 9;

    // Native code that the command itself can use, by its own name.
    private const string NativeCode = ".cof";

    private readonly byte[] key;
    private readonly bool waits;
    private readonly ArtifactDescription executable;

    private PlainRunCache(CacheChoice choice, string folder, byte[] key, string file, byte[] module, ArtifactDescription identity)
    {
        (waits, Folder, File, this.key, executable) = (choice.Use == CacheUse.Wait, folder, file, key, identity.For(module));
    }

    /// <summary>The folder of the cache.</summary>
    public string Folder { get; }

    /// <summary>The module.</summary>
    public string File { get; }

    /// <summary>
    /// The cache for a line; null when the line is no plain run of a module in the binary format, or there is no cache to
    /// trust, or executables are switched off.
    /// </summary>
    public static PlainRunCache? Open(ProcessLine line, string[] arguments)
    {
        try
        {
            if (!PlainLine.Is(arguments) || !line.IsText) return null;
            if (CacheChoice.ForbidsExecutables(Environment.GetEnvironmentVariable(CacheChoice.ExecutablesVariable))) return null;
            var choice = CacheChoice.Parse(Environment.GetEnvironmentVariable(CacheChoice.Variable) ?? "auto");
            if (choice.Use == CacheUse.Off || HasLittleAddressSpace()) return null;
            var folder = choice.Folder is null ? CachePlace.Standard : Path.GetFullPath(choice.Folder, Environment.CurrentDirectory);
            if (Ownership.Refusal(new DirectoryInfo(folder), Ownership.MostOfFolder) is not null) return null;
            if (CachePlace.ReadKey(folder, out _) is not { } key || ReadIdentity() is not { } identity) return null;
            var file = Path.GetFullPath(arguments[1], Environment.CurrentDirectory);
            return SystemFile.TryRead(file, LauncherFiles.MostModuleBytes, followsLinks: true, out _) is { } module && module.AsSpan().StartsWith("\0asm"u8)
                ? new PlainRunCache(choice, folder, key, file, module, identity)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The command says what is wrong with it.
            return null;
        }
    }

    /// <summary>Whether a line is a plain run that is to do without a cache.</summary>
    public static bool IsOff(string[] arguments) => PlainLine.Is(arguments)
        && CacheChoice.Parse(Environment.GetEnvironmentVariable(CacheChoice.Variable) ?? "auto").Use == CacheUse.Off;

    /// <summary>Whether the command will run the module by the JIT compiler.</summary>
    public bool WantsTiers => !waits && !HasNativeCode;

    // Native code that the command can use.
    private bool HasNativeCode => FileStatus.Of(Path.Combine(Folder, executable.Without(LauncherFiles.BuildLine).Key + NativeCode)) is not null;

    /// <summary>The executable that the cache vouches for; null when there is none.</summary>
    public string? FindExecutable() => CachedExecutable.Find(Folder, key, executable);

    /// <summary>
    /// Counts this run when there is native code for it, and says whether it is time to make an executable.
    /// </summary>
    public bool IsWorthAnExecutable()
    {
        if (!HasNativeCode) return false;
        var name = executable.Key;

        // Not each run from then on: what is started gets no share of a busy machine, and would be there many times.
        return RunCount.Add(Folder, name) is >= Habit and var count && long.IsPow2(count) && !CachePlace.HasFailed(Folder, name);
    }

    private static ArtifactDescription? ReadIdentity()
    {
        var file = Path.Combine(AppContext.BaseDirectory, LauncherFiles.Identity);
        return SystemFile.TryRead(file, 1 << 14, followsLinks: true, out _) is { } lines ? ArtifactDescription.Read(lines) : null;
    }

    // Then the command may have to do without the memory that is only reserved, which code in executables relies on.
    private static unsafe bool HasLittleAddressSpace()
    {
        var limit = stackalloc ulong[2];
        return GetLimit(AddressSpace, limit) != 0 || limit[0] != ulong.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limit);
}
