using System.Diagnostics;
using System.Text;

namespace Coffer.Native.Ambient;

/// <summary>
/// Runs crossgen2 as a child: in a folder that only the user can enter, without a shell, for a limited time. It is known
/// to hang after failures of its own.
/// </summary>
internal sealed class Crossgen(string compiler, TimeSpan timeLimit, int threads)
{
    private const int MostOutput = 8 << 10;

    /// <summary>What goes in.</summary>
    /// <param name="Name">The simple name of the assembly.</param>
    /// <param name="Image">Its CIL image.</param>
    internal readonly record struct Input(string Name, byte[] Image);

    /// <summary>Compiles a CIL image to a native one.</summary>
    /// <param name="image">The image.</param>
    /// <param name="bubble">Assemblies in memory that the code may depend on in every detail.</param>
    /// <param name="engine">The file of the engine, likewise.</param>
    /// <param name="cpuFeatures">What the code may use of the processor.</param>
    /// <param name="cancellation">Ends the compiler.</param>
    /// <exception cref="NativeCompilationException">There is no result.</exception>
    public byte[] Compile(
        Input image, IEnumerable<Input> bubble, string engine, IEnumerable<string> cpuFeatures, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("coffer-");
        try
        {
            var output = Path.Combine(folder.FullName, "native.dll");
            List<string> arguments = [Write(folder, image), "-o", output, "--targetos", TargetSystem, "--targetarch", TargetArchitecture, "-O"];
            var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
            string[] references = [engine, .. bubble.Select(reference => Write(folder, reference))];
            foreach (var reference in references.Prepend(Path.Combine(framework, "*.dll"))) arguments.AddRange(["-r", reference]);

            arguments.AddRange(["--instruction-set", CpuFeatures.ToInstructionSet(cpuFeatures)]);
            if (threads > 0) arguments.AddRange(["--parallelism", threads.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
            List<string> inBubble = [.. arguments, "--inputbubble", .. references.SelectMany(reference => new[] { "--inputbubbleref", reference })];

            // Inlining may meet a type of the framework that the compiler cannot name then; code that inlines less is next best.
            if (!TryRun(inBubble, folder.FullName, cancellation, out _) && !TryRun(arguments, folder.FullName, cancellation, out var failure))
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
        finally
        {
            Delete(folder);
        }
    }

    private static string TargetSystem => OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string TargetArchitecture =>
        System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static string Write(DirectoryInfo folder, Input input)
    {
        var path = Path.Combine(folder.FullName, input.Name + ".dll");
        File.WriteAllBytes(path, input.Image);
        return path;
    }

    private static void Delete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // What is left is in the system's folder for such things.
        }
    }

    private bool TryRun(List<string> arguments, string folder, CancellationToken cancellation, out string failure)
    {
        failure = "";
        var start = new ProcessStartInfo(compiler, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The compiler is told everything by its arguments.
        start.Environment.Clear();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeLimit);
        var output = Drain(process.StandardOutput);
        var error = Drain(process.StandardError);
        try
        {
            process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            cancellation.ThrowIfCancellationRequested();
            throw new NativeCompilationException($"crossgen2 did not end within {timeLimit.TotalSeconds:0} s and was ended.");
        }

        if (process.ExitCode == 0) return true;
        failure = $"crossgen2 failed with exit code {process.ExitCode}: {(error.Result + output.Result).Trim()}";
        return false;
    }

    /// <summary>Reads all, so that the pipe is never full, and keeps the beginning.</summary>
    private static async Task<string> Drain(StreamReader reader)
    {
        var kept = new StringBuilder();
        var buffer = new char[1 << 10];
        for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            kept.Append(buffer, 0, Math.Min(count, MostOutput - kept.Length));
        }

        return kept.ToString();
    }
}
