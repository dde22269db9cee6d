using Coffer.Types;

namespace Coffer.Binary.Sections;

/// <summary>The export and start sections (specification, sections 5.5.10 and 5.5.11).</summary>
internal static class ExportSections
{
    public static void DecodeExports(ref WasmReader reader, ModuleBuilder module)
    {
        var count = reader.ReadCount(module.Limits.Exports, nameof(ModuleLimits.Exports));
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var name = reader.ReadName();
            var kindOffset = reader.Offset;
            var kind = (ExternalKind)reader.ReadByte();
            if (kind > ExternalKind.Tag) throw new MalformedException($"malformed export kind: 0x{(byte)kind:x}", kindOffset);
            module.Exports.Add(new ExportDeclaration(name, kind, reader.ReadIndex(), start));
        }
    }

    public static void DecodeStart(ref WasmReader reader, ModuleBuilder module)
    {
        module.StartOffset = reader.Offset;
        module.Start = reader.ReadIndex();
    }
}
