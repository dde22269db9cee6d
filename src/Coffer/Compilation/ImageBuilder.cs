using System.Reflection;
using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Images;
using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>What a field of the generated instance class holds.</summary>
internal enum FieldKind
{
    MemoryBase,
    Memory,
    Table,
    GlobalCell,
    GlobalValue,
    ImportCode,
    ImportContext,
    Type,
    Tag,
}

/// <summary>
/// Assembles the CIL image of a module: one class <c>Instance</c> with a field for each entity that code touches, and
/// classes <c>Code</c> with a static method for each function. Rows are numbered in the order in which they are asked for.
/// </summary>
internal sealed class ImageBuilder
{
    /// <summary>The simple name of every image; the engine's internals are visible to it.</summary>
    public const string AssemblyName = "Coffer.Guest";

    // The instance class has its constructor and Link before the functions.
    private const int FirstFunctionRow = 3;

    // The runtime refuses a type with 65,536 of them.
    private const int MethodsPerType = 50_000;

    private readonly MetadataTables metadata;
    private readonly MethodBodies bodies;
    private readonly ModuleDefinition module;
    private readonly FieldNumbers fields = new();
    private readonly List<(FieldKind Kind, int Index)> fieldOrder = [];
    // By identity, which is cheaper than equality: two equal types give two rows at worst.
    private readonly Dictionary<FunctionType, int> callSites = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FunctionType, int> methodSignatures = new(ReferenceEqualityComparer.Instance);
    private readonly MetadataBlob localSignature = new();
    private readonly List<MethodRow> functions;
    private readonly List<MethodRow> extras = [];

    private readonly record struct MethodRow(string Name, int Signature, int Body, MethodImplAttributes Implementation = MethodImplAttributes.IL);

    /// <summary>Begins an image.</summary>
    /// <param name="module">The module whose code it will have.</param>
    /// <param name="assemblyName">The simple name of the assembly.</param>
    public ImageBuilder(ModuleDefinition module, string assemblyName = AssemblyName)
    {
        this.module = module;
        metadata = new MetadataTables(assemblyName, assemblyName + ".dll");
        // CIL is about half as long again as the code it comes from.
        bodies = new MethodBodies(Math.Clamp(module.Bytes.Length / 2 * 3, 1 << 12, 1 << 16) & ~3);
        Signatures = new SignatureWriter(metadata);
        Layouts = new LayoutReferences(metadata, Signatures);
        functions = new List<MethodRow>(module.Functions.Length - module.ImportedFunctions);
    }

    public SignatureWriter Signatures { get; }

    /// <summary>The classes of structs.</summary>
    public LayoutReferences Layouts { get; }

    /// <summary>How many methods the JIT compiler will not optimize.</summary>
    public int LargeBodies { get; private set; }

    public int Token(MethodBase method) => Signatures.Method(method);

    public int Token(Emitters.IntrinsicMethod intrinsic) => intrinsic.TokenIn(Signatures);

    public int Token(FieldInfo field) => Signatures.Field(field);

    public int Token(Type type) => Signatures.Type(type);

    /// <summary>The function a method row belongs to, counted from the first function row; extras come after.</summary>
    public static int RowOf(int methodToken) => (methodToken & 0xFFFFFF) - FirstFunctionRow;

    /// <summary>The token of the method in a row counted from the first function.</summary>
    public static int RowToken(int row) => MetadataTables.MethodToken(FirstFunctionRow + row);

    /// <summary>The token of an extra method by its number.</summary>
    public int ExtraToken(int extra) =>
        MetadataTables.MethodToken(FirstFunctionRow + module.Functions.Length - module.ImportedFunctions + extra);

    /// <summary>The token of a field of the instance class, which is made when first asked for.</summary>
    public int InstanceField(FieldKind kind, int index)
    {
        ref var row = ref fields.Of(kind, index);
        if (row == 0)
        {
            fieldOrder.Add((kind, index));
            row = fieldOrder.Count;
        }

        return MetadataTables.FieldToken(row);
    }

    /// <summary>The token of the signature by which a function of the type is called through a pointer.</summary>
    public int CallSite(FunctionType type)
    {
        if (callSites.TryGetValue(type, out var token)) return token;
        token = metadata.AddSignature(MethodSignature(type));
        callSites.Add(type, token);
        return token;
    }

    private int MethodSignature(FunctionType type)
    {
        if (methodSignatures.TryGetValue(type, out var signature)) return signature;
        var blob = new MetadataBlob();
        blob.WriteByte(0x00);
        blob.WriteCompressed(type.Parameters.Length + 1);
        Signatures.Write(blob, ResultShape.ReturnType(type));
        foreach (var parameter in type.Parameters) Signatures.Write(blob, CilTypes.Clr(parameter));
        Signatures.Write(blob, typeof(FunctionContext));
        signature = metadata.Blobs.Add(blob.Written);
        methodSignatures.Add(type, signature);
        return signature;
    }

    /// <summary>Adds the next function the module defines.</summary>
    public void AddFunction(string name, FunctionType type, int body, MethodImplAttributes implementation) =>
        functions.Add(new MethodRow(name, MethodSignature(type), body, implementation));

    /// <summary>Adds the next method beside the functions.</summary>
    public void AddExtra(string name, FunctionType type, int body, MethodImplAttributes implementation) =>
        extras.Add(new MethodRow(name, MethodSignature(type), body, implementation | MethodImplAttributes.NoInlining));

    /// <summary>Writes a method body (ECMA-335, II.25.4); returns where it is.</summary>
    public int AddBody(
        ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> code, int maxStack, LocalTypes locals, List<HandlerClause> regions)
    {
        if (JitLimits.Exceeds(prologue.Length + code.Length, locals.Count)) LargeBodies++;
        return bodies.Add(prologue, code, maxStack, locals.Count == 0 ? 0 : LocalSignature(locals), regions);
    }

    private int LocalSignature(LocalTypes locals)
    {
        localSignature.Clear();
        localSignature.WriteByte(0x07);
        localSignature.WriteCompressed(locals.Count);
        for (var i = 0; i < locals.Count; i++)
        {
            var local = locals[i];
            var element = local switch
            {
                CilType.I32 => 0x08,
                CilType.I64 => 0x0A,
                CilType.F32 => 0x0C,
                CilType.F64 => 0x0D,
                CilType.NativeInt => 0x18,
                CilType.Object => 0x1C,
                _ => 0,
            };
            if (element != 0) localSignature.WriteByte((byte)element);
            else Signatures.Write(localSignature, locals.Clr(local));
        }

        return metadata.AddSignature(localSignature);
    }

    /// <summary>The rows that what is added to the image begins with.</summary>
    public ImageRows NextRows => new(metadata.TypeCount + 1, fieldOrder.Count + 1, FirstFunctionRow + functions.Count + extras.Count);

    /// <summary>The constructor of the instance class.</summary>
    public static int InstanceConstructor => MetadataTables.MethodToken(1);

    /// <summary>The finished image.</summary>
    /// <param name="addition">What else is in it; null for the code alone.</param>
    public byte[] Build(ImageAddition? addition = null)
    {
        var link = LinkWriter.Write(this, module, fieldOrder);
        var constructor = ConstructorBody();
        foreach (var (kind, index) in fieldOrder) AddField(kind, index);
        metadata.AddType(
            TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit, "", "Instance", Signatures.Type(typeof(GuestInstance)),
            MetadataTables.FieldToken(1), MetadataTables.MethodToken(1));
        for (var row = 0; row == 0 || row < functions.Count + extras.Count; row += MethodsPerType)
        {
            // Without BeforeFieldInit native code asks in every function whether the class is initialized.
            metadata.AddType(
                TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit, "", $"Code{row / MethodsPerType}",
                Signatures.Type(typeof(object)), MetadataTables.FieldToken(fieldOrder.Count + 1), MetadataTables.MethodToken(FirstFunctionRow + row));
        }

        addition?.AddTypes(this, metadata, bodies);
        var voidInstance = metadata.Blobs.Add([0x20, 0x00, 0x01]);
        AddMethod(MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName, new MethodRow(".ctor", voidInstance, constructor));
        AddMethod(MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, new MethodRow("Link", voidInstance, link));
        foreach (var row in functions) AddMethod(MethodAttributes.Assembly | MethodAttributes.Static, row);
        foreach (var row in extras) AddMethod(MethodAttributes.Assembly | MethodAttributes.Static, row);
        addition?.AddMethods(metadata);
        metadata.Identity = ContentIdentity.Of(module.Bytes.Span, bodies);
        return ImageFile.Write(metadata, bodies, addition?.MappedData, addition?.EntryPoint ?? 0);
    }

    private void AddMethod(MethodAttributes attributes, MethodRow row) =>
        metadata.AddMethod(attributes, row.Implementation, row.Name, row.Signature, row.Body);

    private void AddField(FieldKind kind, int index)
    {
        var blob = new MetadataBlob();
        blob.WriteByte(0x06);
        Signatures.Write(blob, FieldType(kind, index));
        metadata.AddField(FieldAttributes.Public, FieldName(kind, index), blob);
    }

    /// <summary>The name of a field of the instance class.</summary>
    public static string FieldName(FieldKind kind, int index) => NameOf(kind) + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // The platform's names of enumerations are looked up by code that the JIT compiler has to make.
    private static string NameOf(FieldKind kind) => kind switch
    {
        FieldKind.MemoryBase => nameof(FieldKind.MemoryBase),
        FieldKind.Memory => nameof(FieldKind.Memory),
        FieldKind.Table => nameof(FieldKind.Table),
        FieldKind.GlobalCell => nameof(FieldKind.GlobalCell),
        FieldKind.GlobalValue => nameof(FieldKind.GlobalValue),
        FieldKind.ImportCode => nameof(FieldKind.ImportCode),
        FieldKind.ImportContext => nameof(FieldKind.ImportContext),
        FieldKind.Type => nameof(FieldKind.Type),
        _ => nameof(FieldKind.Tag),
    };

    private Type FieldType(FieldKind kind, int index) => kind switch
    {
        FieldKind.MemoryBase or FieldKind.ImportCode => typeof(nint),
        FieldKind.Memory => typeof(LinearMemory),
        FieldKind.Table => typeof(Table),
        FieldKind.GlobalCell => typeof(Global),
        FieldKind.GlobalValue => CilTypes.Clr(module.Globals[index].Type.Type),
        FieldKind.ImportContext => typeof(FunctionContext),
        FieldKind.Type => typeof(DefinedType),
        _ => typeof(Tag),
    };

    private int ConstructorBody()
    {
        var writer = new CilWriter();
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Call, Token(typeof(GuestInstance).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [])!));
        writer.Op(ILOpCode.Ret);
        return AddBody([], writer.Code, 8, LocalTypes.None, []);
    }
}
