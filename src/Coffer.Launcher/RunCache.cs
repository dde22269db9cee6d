using System.Runtime.InteropServices;
using Coffer.Cli.Running;
using Coffer.Cli.Settings;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;
using Coffer.Native.Artifacts;

namespace Coffer.Launcher;

/// <summary>What the cache has for the module of a run.</summary>
internal sealed partial class RunCache
{
    private const int AddressSpace = 9;

    private readonly bool waits;

    // Null when the command will find nothing either.
    private readonly CachedModule? module;

    private RunCache(RunLine line, CacheChoice choice, CachedModule? module) =>
        (Line, waits, this.module) = (line, choice.Use == CacheUse.Wait, module);

    /// <summary>
    /// The cache for a line; null when it cannot be said what the command will find: the module is none in the binary format, or
    /// the process is to do with little address space.
    /// </summary>
    public static RunCache? Open(RunLine line)
    {
        try
        {
            if (HasLittleAddressSpace()) return null;
            var choice = CacheChoice.Parse(line.Value(RunOption.Cache) ?? Environment.GetEnvironmentVariable(CacheChoice.Variable) ?? "auto");
            if (choice.Use == CacheUse.Off) return new RunCache(line, choice, null);
            var folder = choice.Folder is null ? CachePlace.Standard : Path.GetFullPath(choice.Folder, Environment.CurrentDirectory);

            // Before the first run there is no folder, and no other is trusted than the user's own.
            if (Ownership.Refusal(new DirectoryInfo(folder), Ownership.MostOfFolder) is not null) return new RunCache(line, choice, null);
            if (CachePlace.ReadKey(folder, out _) is not { } key) return new RunCache(line, choice, null);
            return CachedModule.Read(line, folder, key) is { } module ? new RunCache(line, choice, module) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The command says what is wrong with it.
            return null;
        }
    }

    /// <summary>The line.</summary>
    public RunLine Line { get; }

    /// <summary>The module in the binary format; null when it is none, or cannot be read.</summary>
    public byte[]? ReadModule() => module?.Content ?? CachedModule.ReadContent(Line);

    /// <summary>Whether the command will run the module by the JIT compiler, and nobody wants all code at once.</summary>
    public bool WantsTiers => !waits && !Line.Has(RunOptionScope.Ahead) && module?.HasNativeCode != true;

    /// <summary>The executable that the cache vouches for, and that may take this line; null when there is none.</summary>
    public string? FindExecutable() => module is not null && MayBeExecutable ? module.FindExecutable() : null;

    /// <summary>Counts this run when there is native code for it; the module when it is time to make an executable of it.</summary>
    public CachedModule? CountRun() => module is { HasNativeCode: true } && MayBeExecutable && module.CountRun() ? module : null;

    private bool MayBeExecutable =>
        Line.IsPlain && !CacheChoice.ForbidsExecutables(Environment.GetEnvironmentVariable(CacheChoice.ExecutablesVariable));

    // Then the command may have to do without the memory that is only reserved, which code in executables relies on.
    private static unsafe bool HasLittleAddressSpace()
    {
        var limit = stackalloc ulong[2];
        return GetLimit(AddressSpace, limit) != 0 || limit[0] != ulong.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limit);
}
