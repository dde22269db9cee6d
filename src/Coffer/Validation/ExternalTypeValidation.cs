using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Validation;

/// <summary>Validity of table, memory, global and tag types (specification, section 3.2.11 on), imported ones too.</summary>
internal static class ExternalTypeValidation
{
    private const int DefaultPageSizeLog2 = 16;

    public static void Validate(ModuleDefinition module, Features features)
    {
        for (var i = 0; i < module.Tables.Length; i++)
        {
            ValidateTable(module.Tables[i], isImported: i < module.ImportedTables, features);
        }

        for (var i = 0; i < module.Memories.Length; i++) ValidateMemory(module.Memories[i], module.MemoryOffsets[i]);
        foreach (var global in module.Globals) ModuleValidator.RequireKnown(global.Type.Type, features, global.Offset);
        foreach (var tag in module.Tags) ValidateTag(tag, module);

        if (module.Tables.Length > 1)
        {
            FeatureGate.Require(
                Features.ReferenceTypes, features, "multiple tables", "a second table", module.Tables[1].Offset);
        }

        if (module.Memories.Length > 1)
        {
            FeatureGate.Require(
                Features.MultiMemory, features, "multiple memories", "a second memory", module.MemoryOffsets[1]);
        }
    }

    private static void ValidateTable(TableDeclaration table, bool isImported, Features features)
    {
        var (element, limits) = table.Type;
        if (element != ValueType.FuncRef) ModuleValidator.RequireKnown(element, features, table.Offset);
        var maximum = limits.Is64 ? ulong.MaxValue : uint.MaxValue;
        ValidateLimits(limits, maximum, "table size must be at most 2^32-1", table.Offset);

        // Imported tables come with their elements.
        if (isImported || element.IsDefaultable || table.Initializer.Length > 0) return;
        throw new InvalidException(
            $"type mismatch: a table of {element}, which has no default value, needs an initializer", table.Offset);
    }

    private static void ValidateMemory(MemoryType memory, int offset)
    {
        var limits = memory.Limits;
        if (memory.PageSizeLog2 is not (0 or DefaultPageSizeLog2))
        {
            throw new InvalidException(
                $"invalid custom page size: 2^{memory.PageSizeLog2}; only 1 and 65536 are allowed", offset);
        }

        var (maximum, error) = (limits.Is64, memory.PageSizeLog2) switch
        {
            (false, 0) => (uint.MaxValue, "memory size must be at most 2^32-1 pages of one byte"),
            (false, _) => (1UL << 16, "memory size must be at most 65536 pages (4GiB)"),
            (true, 0) => (ulong.MaxValue, ""),
            (true, _) => (1UL << 48, "memory size must be at most 2^48 pages"),
        };
        ValidateLimits(limits, maximum, error, offset);
        if (limits is { IsShared: true, Maximum: null })
        {
            throw new InvalidException("shared memory must have maximum", offset);
        }
    }

    private static void ValidateLimits(Limits limits, ulong maximum, string error, int offset)
    {
        if (limits.Minimum > maximum || limits.Maximum > maximum) throw new InvalidException(error, offset);
        if (limits.Minimum > limits.Maximum)
        {
            throw new InvalidException(
                $"size minimum must not be greater than maximum: {limits.Minimum} and {limits.Maximum}", offset);
        }
    }

    private static void ValidateTag(TagDeclaration tag, ModuleDefinition module)
    {
        var type = ModuleValidator.RequireFunctionType(module, tag.TypeIndex, tag.Offset);
        if (!type.Results.IsEmpty) throw new InvalidException($"non-empty tag result type: {type}", tag.Offset);
    }
}
