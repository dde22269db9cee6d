using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Types;

namespace Coffer.Diagnostics;

/// <summary>
/// What a backtrace says of the frames of one module. Apart from the module because the load context of its image holds
/// it, and must not hold the image.
/// </summary>
internal sealed class FrameDescriber(string module, OffsetMap offsets, ModuleDefinition definition, Lazy<NameSection> names)
{
    /// <summary>The frame at a place in the CIL; null when it belongs to no function.</summary>
    public WasmFrame? Describe(int row, int ilOffset) => offsets.Find(row, ilOffset) is { } place
        ? new WasmFrame(module, place.Function, FunctionName(place.Function), place.Offset)
        : null;

    /// <summary>The name of a function for people: from the name section, else its first export; null when there is none.</summary>
    public string? FunctionName(int function) => names.Value.Find(NameKind.Function, function) ?? ExportName(function);

    private string? ExportName(int function)
    {
        var found = definition.Exports.FirstOrDefault(export => export.Kind == ExternalKind.Function && export.Index == function);
        return found is null ? null : NameSection.ForPeople(found.Name);
    }
}
