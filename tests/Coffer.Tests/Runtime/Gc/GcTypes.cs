using Coffer.Binary;
using Coffer.Tests.Binary;
using Coffer.Types;

namespace Coffer.Tests.Runtime.Gc;

/// <summary>Types for tests of guest objects.</summary>
internal sealed class GcTypes
{
    private readonly TypeRegistry registry = new();

    /// <summary>The types of a type section written in hexadecimal digits.</summary>
    public DefinedType[] Define(string section) =>
        [.. ModuleDecoder.Decode(Wasm.Module("01 " + section), registry, Features.All, ModuleLimits.Default).Types];

    /// <summary>A final array type of one storage type.</summary>
    public DefinedType Array(string storage) => Define($"01 5e {storage} 01")[0];
}
