namespace Coffer.Native.Ambient;

/// <summary>
/// Makes an executable of CIL images: ILC, the compiler of NativeAOT, turns them and all that they use of the platform
/// into one object file, which the system's linker puts together with the runtime. For Linux on x86-64.
/// </summary>
/// <param name="compiler">ILC.</param>
/// <param name="runtime">The folder of the runtime for the platform.</param>
/// <param name="linker">A C compiler, which knows how programs are linked.</param>
/// <param name="timeLimit">How long each may take.</param>
/// <param name="work">The folder in which a folder for their files is made; null for the system's.</param>
internal sealed class Ilc(string compiler, string runtime, string linker, TimeSpan timeLimit, string? work = null)
{
    private static readonly string[] Features =
    [
        "System.Globalization.Invariant=true",
        "System.Globalization.PredefinedCulturesOnly=true",
        "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported=false",
        "System.Diagnostics.Tracing.EventSource.IsSupported=false",
        "System.Resources.UseSystemResourceKeys=false",
        "System.Linq.Enumerable.IsSizeOptimized=true",
        "System.StartupHookProvider.IsSupported=false",
        "System.Text.Json.JsonSerializer.IsReflectionEnabledByDefault=false",
    ];

    // Parts of the platform that are linked into the executable.
    private static readonly string[] Natives =
        ["System.Native", "System.IO.Compression.Native", "System.Net.Security.Native", "System.Security.Cryptography.Native.OpenSsl"];

    private static readonly string[] Archives =
    [
        .. Natives.Select(name => $"lib{name}.a"), "libbootstrapper.o", "libRuntime.WorkstationGC.a", "libeventpipe-disabled.a",
        "libRuntime.VxsortEnabled.a", "libstandalonegc-disabled.a", "libaotminipal.a", "libstdc++compat.a", "libz.a",
        "libbrotlienc.a", "libbrotlidec.a", "libbrotlicommon.a",
    ];

    /// <summary>Makes the executable.</summary>
    /// <param name="program">The image with the entry point.</param>
    /// <param name="images">Images that it uses.</param>
    /// <param name="references">A file of a further assembly that they use, or several with a star, or null; the images come first.</param>
    /// <param name="cpuFeatures">What the code may rely on; the executable refuses to start where something is missing.</param>
    /// <param name="cancellation">Ends the tools.</param>
    /// <returns>The bytes of the executable.</returns>
    /// <exception cref="NativeCompilationException">A tool failed.</exception>
    public byte[] Compile(
        ImageInput program, IEnumerable<ImageInput> images, string? references, IEnumerable<string> cpuFeatures,
        CancellationToken cancellation)
    {
        try
        {
            using var folder = new ToolFolder(work);
            var (source, target, executable) = (program.WriteTo(folder), folder.PathOf("program.o"), folder.PathOf("program"));
            List<string> used = [.. images.Select(image => image.WriteTo(folder))];
            if (references is not null) used.Add(references);
            var options = folder.Write("ilc.rsp", Options(source, target, used, cpuFeatures));
            Run(new ToolProcess("ILC", compiler, timeLimit), [$"@{options}"], folder, cancellation);
            var link = new ToolProcess("the linker", linker, timeLimit)
            {
                Environment = new Dictionary<string, string> { ["PATH"] = CompilerLocation.SearchPath, ["TMPDIR"] = folder.FullPath, ["LC_ALL"] = "C" },
            };
            Run(link, LinkOptions(target, executable), folder, cancellation);
            return File.ReadAllBytes(executable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new NativeCompilationException($"The executable could not be made: {e.Message}", e);
        }
    }

    private static void Run(ToolProcess tool, IEnumerable<string> arguments, ToolFolder folder, CancellationToken cancellation)
    {
        if (!tool.TryRun(arguments, folder.FullPath, cancellation, out var failure)) throw new NativeCompilationException(failure);
    }

    private IEnumerable<string> Options(string source, string target, List<string> used, IEnumerable<string> cpuFeatures)
    {
        yield return source;
        yield return $"-o:{target}";
        yield return "--targetos:linux";
        yield return "--targetarch:x64";
        yield return "-O";
        yield return "--Ot";
        yield return "--scanreflection";
        yield return "--resilient";
        yield return "--nowarn:IL2026;IL2055;IL2057;IL2060;IL2067;IL2070;IL2072;IL2075;IL2080;IL3000;IL3050";
        yield return "--methodbodyfolding:none";
        yield return "--generateunmanagedentrypoints:System.Private.CoreLib,HIDDEN";
        foreach (var assembly in new[] { "CoreLib", "TypeLoader", "Reflection.Execution" }) yield return $"--initassembly:System.Private.{assembly}";

        // What is not called directly is looked for at run time, in the folder of the executable first.
        foreach (var name in Natives.Append("libc")) yield return $"--directpinvoke:{name}";
        foreach (var feature in Features) yield return $"--feature:{feature}";
        foreach (var feature in Features) yield return $"--runtimeknob:{feature}";
        if (string.Join(',', cpuFeatures) is { Length: > 0 } set) yield return $"--instruction-set:{set}";
        yield return $"-r:{Path.Combine(runtime, "native", "*.dll")}";
        yield return $"-r:{Path.Combine(runtime, "lib", "net10.0", "*.dll")}";
        foreach (var reference in used) yield return $"-r:{reference}";
    }

    private IEnumerable<string> LinkOptions(string target, string executable) =>
    [
        target, "-o", executable, "-fuse-ld=bfd", .. Archives.Select(name => Path.Combine(runtime, "native", name)),
        "-Wl,--build-id=sha1", "-Wl,--as-needed", "-pthread", "-ldl", "-lrt", "-lm", "-pie", "-Wl,-pie", "-Wl,-z,relro", "-Wl,-z,now",
        "-Wl,--eh-frame-hdr", "-Wl,--discard-all", "-Wl,--gc-sections", "-s",
    ];
}
