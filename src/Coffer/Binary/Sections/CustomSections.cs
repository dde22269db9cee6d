namespace Coffer.Binary.Sections;

/// <summary>Custom sections (specification, section 5.5.3): a name, then whatever.</summary>
internal static class CustomSections
{
    public static void Decode(WasmReader reader, ModuleBuilder module, SectionId previous)
    {
        var start = reader.Offset;
        var name = reader.ReadName();
        if (module.CustomSections.Count >= module.Limits.CustomSections)
        {
            ModuleLimits.ThrowExceeded(
                nameof(ModuleLimits.CustomSections), module.Limits.CustomSections, module.CustomSections.Count + 1, start);
        }

        module.CustomSections.Add(new CustomSection(name, new ByteRange(reader.Position, reader.Remaining), (byte)previous));
    }
}
