namespace Coffer.Native.Ambient;

/// <summary>
/// Runs crossgen2 as a child, for a limited time: it is known to hang after failures of its own.
/// </summary>
/// <param name="compiler">The program.</param>
/// <param name="jit">The JIT compiler that it loads in place of its own, or null.</param>
/// <param name="timeLimit">How long it may take.</param>
/// <param name="threads">How many threads it uses; 0 for as many as it likes.</param>
internal sealed class Crossgen(string compiler, string? jit, TimeSpan timeLimit, int threads)
{
    private readonly ToolProcess tool = new("crossgen2", compiler, timeLimit) { Environment = KeepFreedMemory };

    // Between two functions the JIT compiler frees what it took for one: given back to the system, it costs a page fault
    // for each page of each function. So it is kept, in pages of 2 MiB where the system has them for who asks. Only the C library of
    // most Linux systems knows these.
    private static Dictionary<string, string> KeepFreedMemory { get; } = new()
    {
        ["MALLOC_TRIM_THRESHOLD_"] = "536870912",
        ["MALLOC_MMAP_THRESHOLD_"] = "536870912",
        ["MALLOC_TOP_PAD_"] = "16777216",
        ["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1",
    };

    /// <summary>Compiles a CIL image to a native one.</summary>
    /// <param name="image">The image.</param>
    /// <param name="bubble">Assemblies in memory that the code may depend on in every detail.</param>
    /// <param name="engine">The file of the engine, likewise.</param>
    /// <param name="cpuFeatures">What the code may use of the processor.</param>
    /// <param name="cancellation">Ends the compiler.</param>
    /// <exception cref="NativeCompilationException">There is no result.</exception>
    public byte[] Compile(
        ImageInput image, IEnumerable<ImageInput> bubble, string engine, IEnumerable<string> cpuFeatures, CancellationToken cancellation)
    {
        try
        {
            using var folder = new ToolFolder();
            var output = folder.PathOf("native.dll");
            List<string> arguments = [image.WriteTo(folder), "-o", output, "--targetos", TargetSystem, "--targetarch", TargetArchitecture, "-O"];

            // As a number in base 16: the compiler keeps no more locals than these in registers, 1,024 unless told, and the
            // functions of some guests have thousands.
            arguments.AddRange(["--codegenopt", "JitMaxLocalsToTrack=2000"]);

            // The types are ours, and have been written by rules; looking through them anew is a tenth of a small compilation.
            arguments.AddRange(["--type-validation", "SkipTypeValidation"]);
            var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
            string[] references = [engine, .. bubble.Select(reference => reference.WriteTo(folder))];
            foreach (var reference in references.Prepend(Path.Combine(framework, "*.dll"))) arguments.AddRange(["-r", reference]);

            arguments.AddRange(["--instruction-set", CpuFeatures.ToInstructionSet(cpuFeatures)]);
            if (jit is not null) arguments.AddRange(["--jitpath", jit]);
            if (threads > 0) arguments.AddRange(["--parallelism", threads.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            List<string> inBubble = [.. arguments, "--inputbubble", .. references.SelectMany(reference => new[] { "--inputbubbleref", reference })];

            // Inlining may meet a type of the framework that the compiler cannot name then; code that inlines less is next best.
            if (!tool.TryRun(inBubble, folder.FullPath, cancellation, out _) && !tool.TryRun(arguments, folder.FullPath, cancellation, out var failure))
            {
                throw new NativeCompilationException(failure);
            }

            return File.Exists(output)
                ? File.ReadAllBytes(output)
                : throw new NativeCompilationException("crossgen2 ended well but wrote nothing.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            throw new NativeCompilationException($"crossgen2 could not be run: {e.Message}", e);
        }
    }

    private static string TargetSystem => OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string TargetArchitecture =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
}
