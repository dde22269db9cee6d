namespace Coffer.Binary.Sections;

/// <summary>The function and code sections (specification, sections 5.5.6 and 5.5.13). Bodies stay bytes.</summary>
internal static class CodeSections
{
    public static void DecodeFunctions(ref WasmReader reader, ModuleBuilder module)
    {
        var functions = module.Functions;
        var count = reader.ReadCount(module.Limits.Functions, nameof(ModuleLimits.Functions), functions.Count);
        functions.Reserve(count);
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            functions.Add(new FunctionDeclaration(reader.ReadIndex(), default, start));
        }
    }

    public static void DecodeBodies(ref WasmReader reader, ModuleBuilder module)
    {
        var functions = module.Functions;
        var count = reader.ReadCount();
        for (var i = 0; i < count; i++)
        {
            var start = reader.Offset;
            var length = reader.ReadLength();
            if (length > module.Limits.FunctionBytes)
            {
                ModuleLimits.ThrowExceeded(
                    nameof(ModuleLimits.FunctionBytes), module.Limits.FunctionBytes, length, start);
            }

            // Bodies without a function are counted; that the counts differ is found at the end of the module.
            var index = module.ImportedFunctions + i;
            if (index < functions.Count)
            {
                functions[index] = functions[index] with { Body = new ByteRange(reader.Position, length) };
            }

            reader.Skip(length);
        }

        module.BodyCount = count;
    }
}
