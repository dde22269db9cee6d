using Coffer.Binary;
using Coffer.Validation;

namespace Coffer.Compilation;

/// <summary>Reads the locals that a function body declares (specification, section 5.5.13).</summary>
internal static class LocalDeclarations
{
    /// <summary>Adds them to the validator's and to the method's.</summary>
    public static void Read(ref WasmReader reader, FunctionCompiler compiler, int function)
    {
        var validator = compiler.Validator;
        var types = compiler.Module.Types.AsSpan();
        var groups = reader.ReadCount(int.MaxValue, "groups of locals");
        Count(reader, groups, compiler, function);
        for (var i = 0; i < groups; i++)
        {
            var start = reader.Offset;
            var count = (int)reader.ReadU32();
            validator.Offset = start;
            var type = validator.Value(reader.ReadValueType(types));
            FeatureGate.Require(type, compiler.Options.Features, start, function);
            for (var n = 0; n < count; n++)
            {
                validator.Locals.Add(type);
                compiler.Temps.Types.Add(CilTypes.Of(type));
            }
        }
    }

    /// <summary>Too many for the format is malformed, too many for us a limit; both before anything is allocated.</summary>
    private static void Count(WasmReader reader, int groups, FunctionCompiler compiler, int function)
    {
        var total = (ulong)compiler.Type.Parameters.Length;
        for (var i = 0; i < groups; i++)
        {
            var start = reader.Offset;
            total += reader.ReadU32();
            if (total > uint.MaxValue) throw new MalformedException("too many locals", start);
            reader.ReadValueType(compiler.Module.Types.AsSpan());
        }

        var limit = compiler.Options.Limits.Locals;
        if (total <= (ulong)limit) return;
        throw new ExhaustionException(
            ExhaustionKind.ModuleLimit,
            $"function {function} has {total} locals, more than the limit of {limit} (ModuleLimits.Locals)");
    }
}
