using System.Reflection;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests;

public sealed class WasiOperationsTests
{
    // A linker does not tell what it holds, except to who looks inside.
    private static readonly FieldInfo Definitions =
        typeof(Linker).GetField("definitions", BindingFlags.Instance | BindingFlags.NonPublic)!;

    [Fact]
    public void All_HasOneRowForEachFunctionThatGuestsCanImport()
    {
        using var host = new WasiHost();
        var linker = host.AddTo(new Linker());
        var defined = (IReadOnlyDictionary<string, Dictionary<string, object>>)Definitions.GetValue(linker)!;

        var names = WasiOperations.All.Select(operation => operation.Name).ToList();

        Assert.Distinct(names);
        Assert.Equal(
            names.Order(), defined.Where(module => WasiOperations.Modules.Contains(module.Key)).SelectMany(module => module.Value.Keys).Distinct().Order());
    }

    [Fact]
    public void All_NeedsName_FunctionsThatExist_AndAccessOnlyOfPaths()
    {
        foreach (var need in WasiOperations.All.SelectMany(operation => operation.Needs))
        {
            var isPath = need.Kind is CapabilityKind.Directory or CapabilityKind.File;
            Assert.Equal(isPath, need.Access != DirectoryAccess.None);
            Assert.True(need.After is null || WasiOperations.All.Any(operation => operation.Name == need.After));
        }
    }
}
