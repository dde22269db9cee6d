using System.Reflection;
using System.Runtime.InteropServices;
using Coffer.Embedding;
using Coffer.Native.Ambient;

namespace Coffer.Native;

/// <summary>
/// Makes one executable of a module and of what runs it. It needs neither .NET nor anything else at run time, and starts
/// in milliseconds.
/// </summary>
/// <param name="engine">The engine, whose options the executable has.</param>
internal sealed class ExecutableCompiler(Engine engine)
{
    private const string ImageName = "Coffer.Program";

    /// <summary>How long each tool may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The folder in which a folder for the files of the tools is made; null for the system's.</summary>
    public string? Work { get; init; }

    /// <summary>The C compiler that links; null to look for it.</summary>
    public string? Linker { get; init; } = CompilerLocation.FindProgram("clang", "gcc");

    /// <summary>ILC; null when it is nowhere.</summary>
    public string? Compiler { get; init; } = CompilerLocation.FindIlc();

    /// <summary>The folder of the runtime that is linked; null when it is nowhere.</summary>
    public string? Runtime { get; init; } = CompilerLocation.FindRuntime();

    /// <summary>Why there can be no executable here, and what would help; null when there can.</summary>
    public (string Reason, string? Remedy)? Refusal()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return ("executables can be made on Linux on x86-64 only", "compile ahead instead: coffer compile");
        }

        if (Compiler is null) return ("ILC, the compiler of executables, was not found", Install(CompilerLocation.IlcPackage));
        if (Runtime is null) return ("the runtime of executables was not found", Install(CompilerLocation.RuntimePackage));
        return Linker is null ? ("there is no linker: neither clang nor gcc is in PATH", "install one of them, on Debian: apt install gcc") : null;
    }

    /// <summary>Makes the executable.</summary>
    /// <param name="module">The module.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="main">What the executable does; see <see cref="LinkedTarget.Main"/>.</param>
    /// <param name="settings">What is passed on to it.</param>
    /// <param name="cancellation">Ends the tools.</param>
    /// <exception cref="MalformedException">The bytes are not a module.</exception>
    /// <exception cref="InvalidException">The module is not valid.</exception>
    /// <exception cref="NativeCompilationException">A tool is missing or failed.</exception>
    public byte[] Compile(ReadOnlyMemory<byte> module, string name, MethodInfo main, string settings, CancellationToken cancellation)
    {
        if (Refusal() is { } refusal) throw new NativeCompilationException($"There is no executable: {refusal.Reason}.");
        var compiled = Module.CompileLinked(engine, module, new LinkedTarget(ImageName, name) { Main = main, Settings = settings });
        var command = main.Module.FullyQualifiedName;
        return new Ilc(Compiler!, Runtime!, Linker!, TimeLimit, Work).Compile(
            new ImageInput(ImageName, compiled.Image), [LibraryImage.Of(command), .. NativeCompiler.LayoutsOf(compiled)],
            Path.Combine(Path.GetDirectoryName(command)!, "*.dll"), CpuFeatures.Here, cancellation);
    }

    /// <summary>
    /// Makes an executable of an assembly with an entry: of one that needs the platform alone for any processor that .NET runs on, of
    /// one that needs the engine as well for those like this one.
    /// </summary>
    /// <exception cref="NativeCompilationException">A tool is missing or failed.</exception>
    public byte[] CompileProgram(string name, byte[] image, bool usesEngine, CancellationToken cancellation)
    {
        if (Refusal() is { } refusal) throw new NativeCompilationException($"There is no executable: {refusal.Reason}.");
        return new Ilc(Compiler!, Runtime!, Linker!, TimeLimit, Work).Compile(
            new ImageInput(name, image), [], usesEngine ? typeof(Engine).Assembly.Location : null, usesEngine ? CpuFeatures.Here : [], cancellation);
    }

    private static string Install(string package) =>
        $"it is the package {package}, version {CompilerLocation.Version}; a project with PublishAot that is published for this platform brings it";
}
