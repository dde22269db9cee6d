using System.Buffers.Binary;
using System.Reflection;
using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// Makes one image of fragments, which come in the order of their functions: gives symbols their tokens and puts those into the
/// code. What comes out depends on the functions alone, and not on how they are divided.
/// </summary>
internal sealed class FragmentLinker(ModuleDefinition module, ImageBuilder image)
{
    private const int RowMask = 0xFF_FFFF;

    private readonly List<HandlerClause> regions = [];
    private readonly List<byte[]> offsets = [];
    private readonly List<OffsetMapEntry> functions = new(module.Functions.Length - module.ImportedFunctions);
    private readonly List<OffsetMapEntry> extras = [];
    private int offsetBytes;

    /// <summary>The direct calls of all functions so far.</summary>
    public CallGraph Calls { get; } = new(module.Functions.Length, module.ImportedFunctions);

    /// <summary>How many methods beside functions there are so far.</summary>
    public int Extras => extras.Count;

    /// <summary>Adds the next fragment, which is used up by that.</summary>
    public void Append(CodeFragment fragment)
    {
        var tokens = new int[fragment.Symbols.Count];
        var (symbol, place, local, region, call, position, firstExtra) = (0, 0, 0, 0, 0, 0, extras.Count);
        foreach (var method in fragment.Methods)
        {
            for (; symbol < method.Symbols; symbol++) tokens[symbol] = TokenOf(fragment.Symbols[symbol], firstExtra);
            for (; place < method.SymbolPlaces; place++)
            {
                var operand = fragment.Code[fragment.SymbolPlaces[place]..];
                BinaryPrimitives.WriteInt32LittleEndian(operand, tokens[BinaryPrimitives.ReadInt32LittleEndian(operand) & RowMask]);
            }

            regions.Clear();
            for (; region < method.Regions; region++) regions.Add(Linked(fragment.Regions[region], tokens));
            var prologue = fragment.Code.Slice(position, method.Body.PrologueBytes);
            position += prologue.Length;
            var body = image.AddBody(
                prologue, fragment.Code.Slice(position, method.Body.CodeBytes), method.Body.MaxStack,
                new LocalTypes(fragment.Locals, local, method.Locals, fragment.Tuples), regions);
            position += method.Body.CodeBytes;
            local = method.Locals;
            Add(method, body);
            // What a method beside a function calls is called by the function, which comes behind it.
            if (method.Use == MethodUse.Extra) continue;
            for (; call < method.Calls; call++) Calls.Add(fragment.Calls[call]);
        }

        offsets.Add(fragment.Offsets.Written.ToArray());
        offsetBytes = checked(offsetBytes + fragment.Offsets.Written.Length);
    }

    private void Add(in FragmentMethod method, int body)
    {
        var entry = method.Offsets with { Start = method.Offsets.Start + offsetBytes };
        if (method.Use == MethodUse.Extra)
        {
            image.AddExtra(method.Name, method.Type, body, method.Implementation);
            extras.Add(entry);
            return;
        }

        image.AddFunction(method.Name, method.Type, body, method.Implementation);
        Calls.BeginFunction(module.ImportedFunctions + functions.Count);
        functions.Add(entry);
    }

    /// <summary>Which CIL came from which instruction, in all methods.</summary>
    public OffsetMap BuildOffsets()
    {
        var bytes = new byte[offsetBytes];
        var rest = bytes.AsSpan();
        foreach (var piece in offsets)
        {
            piece.CopyTo(rest);
            rest = rest[piece.Length..];
        }

        return new OffsetMap(bytes, [.. functions, .. extras]);
    }

    private static HandlerClause Linked(HandlerClause clause, int[] tokens) =>
        clause.Kind == HandlerKind.Catch ? clause with { CatchToken = tokens[clause.CatchToken & RowMask] } : clause;

    private int TokenOf(Symbol symbol, int firstExtra) => symbol.Kind switch
    {
        SymbolKind.Method => image.Token((MethodBase)symbol.Named!),
        SymbolKind.Field => image.Token((FieldInfo)symbol.Named!),
        SymbolKind.Type => image.Token((Type)symbol.Named!),
        SymbolKind.Intrinsic => image.Token((IntrinsicMethod)symbol.Named!),
        SymbolKind.CallSite => image.CallSite((FunctionType)symbol.Named!),
        SymbolKind.Extra => image.ExtraToken(firstExtra + symbol.Index),
        SymbolKind.InstanceField => image.InstanceField(symbol.FieldKind, symbol.Index),
        SymbolKind.StructField => image.Layouts.Field((StructLayout)symbol.Named!, symbol.Index),
        _ => image.Layouts.Constructor((StructLayout)symbol.Named!, takesFields: symbol.Index != 0),
    };
}

/// <summary>The types of a method's locals: some of a list, and the value tuples that are meant in it.</summary>
internal readonly struct LocalTypes(List<CilType> types, int start, int end, List<Type> tuples)
{
    /// <summary>Of a method without locals.</summary>
    public static LocalTypes None { get; } = new([], 0, 0, []);

    public int Count => end - start;

    public CilType this[int index] => types[start + index];

    /// <summary>The CLR type of a local.</summary>
    public Type Clr(CilType type) => type switch
    {
        CilType.I32 => typeof(int),
        CilType.I64 => typeof(long),
        CilType.F32 => typeof(float),
        CilType.F64 => typeof(double),
        CilType.V128 => typeof(System.Runtime.Intrinsics.Vector128<byte>),
        CilType.Object => typeof(object),
        CilType.NativeInt => typeof(nint),
        CilType.FuncRef => typeof(FuncRef),
        _ => tuples[type - CilType.FirstTuple],
    };
}
