using System.Reflection;
using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// The translated code of functions that follow one another, before it is part of an image. What it uses it names by symbols,
/// which are numbers of its own: an image numbers its rows by their first use in the whole module. So fragments can be made side
/// by side, and the image is the same as if they had been made one after the other (<see cref="FragmentLinker"/>).
/// </summary>
internal sealed class CodeFragment
{
    private readonly ModuleDefinition module;
    private readonly StructLayoutRegistry layouts;

    // By identity, which is cheaper than equality: of two equal things the image makes one.
    private readonly Dictionary<object, int> known = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FunctionType, ResultShape> shapes = new(ReferenceEqualityComparer.Instance);
    private readonly FieldNumbers fields = new();
    private byte[] code;
    private int length;

    /// <summary>An empty fragment.</summary>
    /// <param name="module">The module.</param>
    /// <param name="layouts">The classes of structs.</param>
    /// <param name="capacity">About how many bytes of code there will be.</param>
    public CodeFragment(ModuleDefinition module, StructLayoutRegistry layouts, int capacity)
    {
        this.module = module;
        this.layouts = layouts;
        code = new byte[capacity];
        Offsets = new OffsetMapWriter(capacity);
    }

    /// <summary>Which CIL came from which instruction.</summary>
    public OffsetMapWriter Offsets { get; }

    /// <summary>What the code names, in the order of first use.</summary>
    public List<Symbol> Symbols { get; } = [];

    /// <summary>The methods, in order; what belongs to one ends where it says in each of the lists below.</summary>
    public List<FragmentMethod> Methods { get; } = [];

    /// <summary>The code of all methods: of each what is in front of its body, and its body.</summary>
    public Span<byte> Code => code.AsSpan(0, length);

    /// <summary>Where in the code symbols stand, rising.</summary>
    public List<int> SymbolPlaces { get; } = [];

    /// <summary>The locals of all methods.</summary>
    public List<CilType> Locals { get; } = [];

    /// <summary>The value tuples among the types of locals.</summary>
    public List<Type> Tuples { get; } = [];

    /// <summary>The exception regions of all methods.</summary>
    public List<HandlerClause> Regions { get; } = [];

    /// <summary>The functions that are called directly.</summary>
    public List<int> Calls { get; } = [];

    /// <summary>How many methods beside functions there are.</summary>
    public int Extras { get; private set; }

    /// <summary>
    /// Makes it empty, for other functions of the same module: what it has allocated is used again, which for a large module is most of what
    /// translating it allocates.
    /// </summary>
    public void Clear()
    {
        known.Clear();
        fields.Clear();
        length = 0;
        Offsets.Clear();
        Symbols.Clear();
        Methods.Clear();
        SymbolPlaces.Clear();
        Locals.Clear();
        Regions.Clear();
        Calls.Clear();
        Extras = 0;
    }

    public int Token(MethodBase method) => Named(SymbolKind.Method, method);

    public int Token(FieldInfo field) => Named(SymbolKind.Field, field);

    public int Token(Type type) => Named(SymbolKind.Type, type);

    /// <summary>The token of an intrinsic, which is looked up by reflection only once.</summary>
    public int Token(IntrinsicMethod intrinsic) => Named(SymbolKind.Intrinsic, intrinsic);

    /// <summary>The token of the signature by which a function of the type is called through a pointer.</summary>
    public int CallSite(FunctionType type) => Named(SymbolKind.CallSite, type);

    /// <summary>The token of a function that the module defines.</summary>
    public int FunctionToken(int function) => ImageBuilder.RowToken(function - module.ImportedFunctions);

    /// <summary>The token of a method beside the functions, by its number in the fragment.</summary>
    public int ExtraToken(int extra) => Add(new Symbol(SymbolKind.Extra, null, extra));

    /// <summary>The token of a field of the instance class.</summary>
    public int InstanceField(FieldKind kind, int index)
    {
        ref var token = ref fields.Of(kind, index);
        if (token == 0) token = Add(new Symbol(SymbolKind.InstanceField, null, index, kind));
        return token;
    }

    /// <summary>The layout of a struct type.</summary>
    public StructLayout LayoutOf(DefinedType type) => layouts.Get(type);

    /// <summary>The token of a field of a struct, inherited or not.</summary>
    public int StructField(StructLayout layout, int index) => Add(new Symbol(SymbolKind.StructField, layout, index));

    /// <summary>The token of the constructor of a struct that takes the type alone, or all fields and then the type.</summary>
    public int StructConstructor(StructLayout layout, bool takesFields) =>
        Add(new Symbol(SymbolKind.StructConstructor, layout, takesFields ? 1 : 0));

    /// <summary>How the results of a function type are returned.</summary>
    public ResultShape ShapeOf(FunctionType type)
    {
        if (shapes.TryGetValue(type, out var shape)) return shape;
        shape = ResultShape.Of(type, Tuples);
        shapes.Add(type, shape);
        return shape;
    }

    /// <summary>Adds a method.</summary>
    /// <param name="use">What it is for.</param>
    /// <param name="implementation">What the JIT compiler is told about it.</param>
    /// <param name="name">Its name.</param>
    /// <param name="type">The type of the function that it is, or stands for.</param>
    /// <param name="body">Its body, which <see cref="WriteBody"/> wrote.</param>
    /// <param name="offsets">Which of its code came from which instruction.</param>
    /// <returns>For a method beside the functions its number in the fragment.</returns>
    public int AddMethod(
        MethodUse use, MethodImplAttributes implementation, string name, FunctionType type, FragmentBody body, OffsetMapEntry offsets)
    {
        Methods.Add(new FragmentMethod(
            use, implementation, name, type, body, offsets, Symbols.Count, SymbolPlaces.Count, Locals.Count, Regions.Count, Calls.Count));
        return use == MethodUse.Extra ? Extras++ : -1;
    }

    /// <summary>Writes the body of the next method.</summary>
    /// <param name="prologue">Code in front of the rest, which exception regions do not count.</param>
    /// <param name="body">The rest of the code.</param>
    /// <param name="maxStack">How many values are on the evaluation stack at most.</param>
    /// <param name="locals">The types of the locals.</param>
    /// <param name="regions">The exception regions, inner ones first.</param>
    public FragmentBody WriteBody(CilWriter prologue, CilWriter? body, int maxStack, List<CilType> locals, List<HandlerClause> regions)
    {
        Append(prologue);
        if (body is not null) Append(body);
        Locals.AddRange(locals);
        Regions.AddRange(regions);
        return new FragmentBody(prologue.Position, body?.Position ?? 0, maxStack);
    }

    private void Append(CilWriter writer)
    {
        var bytes = writer.Code;
        if (code.Length - length < bytes.Length) Array.Resize(ref code, Math.Max(code.Length * 2, length + bytes.Length));
        bytes.CopyTo(code.AsSpan(length));
        foreach (var place in writer.Symbols) SymbolPlaces.Add(length + place);
        length += bytes.Length;
    }

    private int Named(SymbolKind kind, object named)
    {
        if (known.TryGetValue(named, out var token)) return token;
        token = Add(new Symbol(kind, named, 0));
        known.Add(named, token);
        return token;
    }

    private int Add(Symbol symbol)
    {
        Symbols.Add(symbol);
        return MetadataTable.Token(TableKind.Symbol, Symbols.Count - 1);
    }
}

/// <summary>What a symbol stands for.</summary>
internal enum SymbolKind : byte
{
    Method,
    Field,
    Type,
    Intrinsic,
    CallSite,
    Extra,
    InstanceField,
    StructField,
    StructConstructor,
}

/// <summary>What code of a fragment names.</summary>
/// <param name="kind">What it is.</param>
/// <param name="named">The member, type or layout; null where a number says all.</param>
/// <param name="index">Which one of those.</param>
/// <param name="fieldKind">The kind of a field of the instance class.</param>
internal readonly struct Symbol(SymbolKind kind, object? named, int index, FieldKind fieldKind = default)
{
    public SymbolKind Kind => kind;

    public object? Named => named;

    public int Index => index;

    public FieldKind FieldKind => fieldKind;
}

/// <summary>What a method of a fragment is for.</summary>
internal enum MethodUse : byte
{
    /// <summary>A function of the module.</summary>
    Function,

    /// <summary>A method beside the functions.</summary>
    Extra,
}

/// <summary>The lengths of a body's two parts, and how many values are on its evaluation stack at most.</summary>
internal readonly record struct FragmentBody(int PrologueBytes, int CodeBytes, int MaxStack);

/// <summary>A method of a fragment, and where what belongs to it ends in the lists of the fragment.</summary>
internal readonly record struct FragmentMethod(
    MethodUse Use, MethodImplAttributes Implementation, string Name, FunctionType Type, FragmentBody Body, OffsetMapEntry Offsets, int Symbols,
    int SymbolPlaces, int Locals, int Regions, int Calls);
