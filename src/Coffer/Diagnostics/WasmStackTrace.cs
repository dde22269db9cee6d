using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Coffer.Compilation;

namespace Coffer.Diagnostics;

/// <summary>Finds the frames of compiled functions in the stack trace of an exception.</summary>
internal static class WasmStackTrace
{
    private const int MaximumFrames = 1000;

    /// <summary>The wasm frames of an exception and, before them, of the fault it stands for.</summary>
    public static IReadOnlyList<WasmFrame> Collect(Exception exception)
    {
        var frames = new List<WasmFrame>();
        if (exception.InnerException is { } fault) Add(frames, fault);
        Add(frames, exception);
        return frames;
    }

    /// <summary>The wasm frames that are running on this thread, innermost first.</summary>
    public static IReadOnlyList<WasmFrame> OfThisThread()
    {
        var frames = new List<WasmFrame>();
        Add(frames, new StackTrace(false));
        return frames;
    }

    private static void Add(List<WasmFrame> frames, Exception exception) => Add(frames, new StackTrace(exception, false));

    private static void Add(List<WasmFrame> frames, StackTrace trace)
    {
        foreach (var frame in trace.GetFrames())
        {
            if (frames.Count >= MaximumFrames) return;
            if (Find(frame) is { } found) frames.Add(found);
        }
    }

    private static WasmFrame? Find(StackFrame frame) =>
        LinkedFrames.Find(frame) ?? (RuntimeFeature.IsDynamicCodeSupported ? FindLoaded(frame) : null);

    [UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "Methods of images that are loaded at run time are never trimmed.")]
    private static WasmFrame? FindLoaded(StackFrame frame)
    {
        var method = frame.GetMethod();
        if (method is null || method.Module.Assembly.GetName().Name != ImageBuilder.AssemblyName) return null;
        return AssemblyLoadContext.GetLoadContext(method.Module.Assembly) is GuestLoadContext { Frames: { } frames }
            ? frames.Describe(ImageBuilder.RowOf(method.MetadataToken), frame.GetILOffset())
            : null;
    }
}
