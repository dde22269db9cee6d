using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Coffer.Compilation;

namespace Coffer.Diagnostics;

/// <summary>Finds the frames of modules that were made part of the program.</summary>
internal static class LinkedFrames
{
    private static readonly ConcurrentDictionary<Type, (LinkedCode Code, FrameDescriber Frames)> Modules = new();

    /// <summary>Makes a module known, for the life of the process.</summary>
    public static void Add(LinkedCode code, FrameDescriber frames) => Modules[code.GetType()] = (code, frames);

    /// <summary>What a frame is in its module; null when it belongs to none.</summary>
    public static WasmFrame? Find(StackFrame frame)
    {
        if (Modules.IsEmpty) return null;
        return FindByMethod(frame) ?? FindByAddress(frame);
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage(
        "Trimming", "IL2026", Justification = "Where methods can be missing, frames are found by address.")]
    private static WasmFrame? FindByMethod(StackFrame frame)
    {
        if (frame.GetMethod() is not { } method || !method.HasMetadataToken()) return null;
        foreach (var (type, (_, frames)) in Modules)
        {
            if (type.Module == method.Module) return frames.Describe(ImageBuilder.RowOf(method.MetadataToken), frame.GetILOffset());
        }

        return null;
    }

    // A program of machine code knows where its methods begin, and nothing of their CIL.
    private static WasmFrame? FindByAddress(StackFrame frame)
    {
        var start = frame.GetNativeIP() - frame.GetNativeOffset();
        foreach (var (_, (code, frames)) in Modules)
        {
            if (code.RowAt(start) is var row and >= 0) return frames.Describe(row, -1);
        }

        return null;
    }
}
