using Coffer.Binary;
using Coffer.Runtime;
using Coffer.Types;
using Coffer.Validation;

namespace Coffer.Compilation;

/// <summary>Validates and compiles a decoded module, function after function.</summary>
internal static class ModuleCompiler
{
    /// <summary>Compiles a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="options">How.</param>
    /// <param name="layouts">The classes of structs.</param>
    /// <param name="assemblyName">The simple name of the image.</param>
    /// <param name="addition">Makes what the image shall have besides the code; null for nothing.</param>
    public static CompiledModule Compile(
        ModuleDefinition module, EngineOptions options, StructLayoutRegistry layouts, string assemblyName = ImageBuilder.AssemblyName,
        Func<CompiledModule, ImageAddition>? addition = null)
    {
        ModuleValidator.Validate(module, options.Features);
        var image = new ImageBuilder(module, assemblyName);
        var linker = new FragmentLinker(module, image);
        var cells = FindCells(module);
        var fragment = new CodeFragment(module, layouts, capacity: 1 << 10);
        var compiler = new FunctionCompiler(module, options, cells) { Fragment = fragment };
        var constants = new Dictionary<int, ConstantCode>();
        new FunctionTranslation(module, options, layouts, cells, linker).Run(() =>
        {
            foreach (var use in ConstantExpressions.Of(module, options.Features))
            {
                var extra = compiler.CompileConstant(use.Expression, use.Type, use.VisibleGlobals, out var value);
                if (ConstantCodes.Simple(module, use.Expression) is not null) continue;
                constants[use.Expression.Offset] = new ConstantCode(value, extra);
            }
        });

        // Their methods come behind those of all functions.
        if (fragment.Extras > 0) Renumber(constants, linker.Extras);
        linker.Append(fragment);
        var compiled = new CompiledModule(linker.BuildOffsets(), new ConstantCodes(module, constants), compiler.GuardedMemories)
        {
            Calls = linker.Calls,
            Layouts = image.Layouts.Used,
            LargeBodies = image.LargeBodies,
        };
        return compiled with { Image = image.Build(addition?.Invoke(compiled)) };
    }

    private static void Renumber(Dictionary<int, ConstantCode> constants, int firstExtra)
    {
        // A value may be replaced while its dictionary is gone through.
        foreach (var (expression, code) in constants)
        {
            if (code.Extra >= 0) constants[expression] = code with { Extra = firstExtra + code.Extra };
        }
    }

    /// <summary>Globals that others may write have a cell that all share; the others live in the instance itself.</summary>
    private static bool[] FindCells(ModuleDefinition module)
    {
        var cells = new bool[module.Globals.Length];
        for (var i = 0; i < module.ImportedGlobals; i++) cells[i] = module.Globals[i].Type.IsMutable;
        foreach (var export in module.Exports)
        {
            if (export.Kind == ExternalKind.Global) cells[export.Index] = module.Globals[export.Index].Type.IsMutable;
        }

        return cells;
    }
}
