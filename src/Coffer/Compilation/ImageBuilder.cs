using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Coffer.Binary;
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
/// classes <c>Code</c> with a static method for each function.
/// </summary>
internal sealed class ImageBuilder
{
    /// <summary>The simple name of every image; the engine's internals are visible to it.</summary>
    public const string AssemblyName = "Coffer.Guest";

    // The instance class has its constructor and Link before the functions.
    private const int FirstFunctionRow = 3;

    // The runtime refuses a type with 65,536 of them.
    private const int MethodsPerType = 50_000;

    private readonly MetadataBuilder metadata = new();
    private readonly ModuleDefinition module;
    private readonly int[]?[] fields = new int[]?[(int)FieldKind.Tag + 1];
    private readonly List<(FieldKind Kind, int Index)> fieldOrder = [];
    // By identity, which is cheaper than equality: two equal types give two rows at worst.
    private readonly Dictionary<FunctionType, int> callSites = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FunctionType, BlobHandle> methodSignatures = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<FunctionType, ResultShape> shapes = new(ReferenceEqualityComparer.Instance);
    private readonly BlobBuilder localSignature = new();
    private readonly Dictionary<Emitters.IntrinsicMethod, int> intrinsics = [];
    private readonly List<Type> tuples = [];
    private readonly List<MethodRow> functions;
    private readonly List<MethodRow> extras = [];

    // Bodies are collected in pieces: of a large module there are hundreds of megabytes, too much to copy while growing.
    private readonly BlobBuilder il = new();
    private readonly byte[] piece;
    private int pieceLength;

    private readonly record struct MethodRow(string Name, BlobHandle Signature, int Body, MethodImplAttributes Implementation = MethodImplAttributes.IL);

    public ImageBuilder(ModuleDefinition module, StructLayoutRegistry layouts)
    {
        this.module = module;
        // CIL is about half as long again as the code it comes from.
        piece = new byte[Math.Clamp(module.Bytes.Length / 2 * 3, 1 << 12, 1 << 16)];
        Signatures = new SignatureWriter(metadata);
        Layouts = new LayoutReferences(metadata, Signatures, layouts);
        functions = new List<MethodRow>(module.Functions.Length - module.ImportedFunctions);
    }

    public SignatureWriter Signatures { get; }

    /// <summary>The classes of structs.</summary>
    public LayoutReferences Layouts { get; }

    /// <summary>How many methods the JIT compiler will not optimize.</summary>
    public int LargeBodies { get; private set; }

    /// <summary>Globals that have a cell of their own because other modules or the host may write them.</summary>
    public required bool[] GlobalHasCell { get; init; }

    public static int Token(EntityHandle handle) => MetadataTokens.GetToken(handle);

    public int Token(MethodBase method) => Token(Signatures.Method(method));

    /// <summary>The token of an intrinsic, which is looked up by reflection only once.</summary>
    public int Token(Emitters.IntrinsicMethod intrinsic)
    {
        if (intrinsics.TryGetValue(intrinsic, out var token)) return token;
        token = Token(intrinsic.Method);
        intrinsics.Add(intrinsic, token);
        return token;
    }

    public int Token(FieldInfo field) => Token(Signatures.Field(field));

    public int Token(Type type) => Token(Signatures.Type(type));

    /// <summary>The token of a function that the module defines.</summary>
    public int FunctionToken(int function) =>
        MetadataTokens.GetToken(MetadataTokens.MethodDefinitionHandle(FirstFunctionRow + function - module.ImportedFunctions));

    /// <summary>The function a method row belongs to, counted from the first function row; extras come after.</summary>
    public static int RowOf(int methodToken) => (methodToken & 0xFFFFFF) - FirstFunctionRow;

    /// <summary>The token of the method in a row counted from the first function.</summary>
    public static int RowToken(int row) => MetadataTokens.GetToken(MetadataTokens.MethodDefinitionHandle(FirstFunctionRow + row));

    /// <summary>The token of an extra method by its number.</summary>
    public int ExtraToken(int extra) => MetadataTokens.GetToken(MetadataTokens.MethodDefinitionHandle(
        FirstFunctionRow + module.Functions.Length - module.ImportedFunctions + extra));

    /// <summary>The number that the next extra method will get.</summary>
    public int NextExtra => extras.Count;

    /// <summary>The token of a field of the instance class, which is made when first asked for.</summary>
    public int InstanceField(FieldKind kind, int index)
    {
        var rows = fields[(int)kind] ?? [];
        if (index >= rows.Length)
        {
            Array.Resize(ref rows, Math.Max(index + 1, rows.Length * 2));
            fields[(int)kind] = rows;
        }

        ref var row = ref rows[index];
        if (row == 0)
        {
            fieldOrder.Add((kind, index));
            row = fieldOrder.Count;
        }

        return MetadataTokens.GetToken(MetadataTokens.FieldDefinitionHandle(row));
    }

    /// <summary>How the results of a function type are returned.</summary>
    public ResultShape ShapeOf(FunctionType type)
    {
        if (shapes.TryGetValue(type, out var shape)) return shape;
        shape = ResultShape.Of(type, tuples);
        shapes.Add(type, shape);
        return shape;
    }

    /// <summary>The token of the signature by which a function of the type is called through a pointer.</summary>
    public int CallSite(FunctionType type)
    {
        if (callSites.TryGetValue(type, out var token)) return token;
        token = Token(metadata.AddStandaloneSignature(MethodSignature(type)));
        callSites.Add(type, token);
        return token;
    }

    private BlobHandle MethodSignature(FunctionType type)
    {
        if (methodSignatures.TryGetValue(type, out var handle)) return handle;
        var blob = new BlobBuilder();
        blob.WriteByte(0x00);
        blob.WriteCompressedInteger(type.Parameters.Length + 1);
        Signatures.Write(blob, ShapeOf(type).ClrType);
        foreach (var parameter in type.Parameters) Signatures.Write(blob, CilTypes.Clr(parameter));
        Signatures.Write(blob, typeof(FunctionContext));
        handle = metadata.GetOrAddBlob(blob);
        methodSignatures.Add(type, handle);
        return handle;
    }

    /// <summary>Adds the next function the module defines.</summary>
    public void AddFunction(string name, FunctionType type, int body, bool mustInline = false) =>
        functions.Add(new MethodRow(name, MethodSignature(type), body, mustInline ? MethodImplAttributes.AggressiveInlining : MethodImplAttributes.IL));

    /// <summary>Adds a method beside the functions; returns its number.</summary>
    public int AddExtra(string name, FunctionType type, int body)
    {
        extras.Add(new MethodRow(name, MethodSignature(type), body, MethodImplAttributes.NoInlining));
        return extras.Count - 1;
    }

    /// <summary>Writes a method body (ECMA-335, II.25.4); returns where it is.</summary>
    public int AddBody(
        ReadOnlySpan<byte> prologue, ReadOnlySpan<byte> code, int maxStack, List<CilType> locals, List<ExceptionRegion> regions)
    {
        if (JitLimits.Exceeds(prologue.Length + code.Length, locals.Count)) LargeBodies++;
        while ((IlLength & 3) != 0) Append([0]);
        var start = IlLength;
        Span<byte> header = stackalloc byte[12];
        header.Clear();
        var flags = 0x3013 | (regions.Count > 0 ? 0x08 : 0);
        BitConverter.TryWriteBytes(header, (ushort)flags);
        BitConverter.TryWriteBytes(header[2..], (ushort)Math.Min(maxStack, ushort.MaxValue));
        BitConverter.TryWriteBytes(header[4..], prologue.Length + code.Length);
        BitConverter.TryWriteBytes(header[8..], locals.Count == 0 ? 0 : LocalSignature(locals));
        Append(header);
        Append(prologue);
        Append(code);
        if (regions.Count > 0) AppendRegions(regions, prologue.Length);
        return start;
    }

    private void AppendRegions(List<ExceptionRegion> regions, int shift)
    {
        while ((IlLength & 3) != 0) Append([0]);
        var size = (regions.Count * 24) + 4;
        Append([0x41, (byte)size, (byte)(size >> 8), (byte)(size >> 16)]);
        var row = new byte[24];
        foreach (var region in regions)
        {
            BitConverter.TryWriteBytes(row, region.FilterStart >= 0 ? 1 : 0);
            BitConverter.TryWriteBytes(row.AsSpan(4), region.TryStart + shift);
            BitConverter.TryWriteBytes(row.AsSpan(8), region.TryEnd - region.TryStart);
            BitConverter.TryWriteBytes(row.AsSpan(12), region.HandlerStart + shift);
            BitConverter.TryWriteBytes(row.AsSpan(16), region.HandlerEnd - region.HandlerStart);
            BitConverter.TryWriteBytes(row.AsSpan(20), region.FilterStart >= 0 ? region.FilterStart + shift : region.CatchToken);
            Append(row);
        }
    }

    private int LocalSignature(List<CilType> locals)
    {
        localSignature.Clear();
        localSignature.WriteByte(0x07);
        localSignature.WriteCompressedInteger(locals.Count);
        foreach (var local in locals)
        {
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
            else Signatures.Write(localSignature, Clr(local));
        }

        return Token(metadata.AddStandaloneSignature(metadata.GetOrAddBlob(localSignature)));
    }

    private Type Clr(CilType type) => type switch
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

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var fitting = bytes[..Math.Min(bytes.Length, piece.Length - pieceLength)];
            fitting.CopyTo(piece.AsSpan(pieceLength));
            pieceLength += fitting.Length;
            bytes = bytes[fitting.Length..];
            if (bytes.IsEmpty) return;
            FinishPiece();
        }
    }

    // Headers are aligned in the whole stream; a piece may end anywhere.
    private int IlLength => il.Count + pieceLength;

    private void FinishPiece()
    {
        il.WriteBytes(piece, 0, pieceLength);
        pieceLength = 0;
    }

    /// <summary>The rows that what is added to the image begins with.</summary>
    public ImageRows NextRows => new(
        metadata.GetRowCount(TableIndex.TypeDef) + 1, fieldOrder.Count + 1, FirstFunctionRow + functions.Count + extras.Count);

    /// <summary>The row of the constructor of the instance class.</summary>
    public static MethodDefinitionHandle InstanceConstructor => MetadataTokens.MethodDefinitionHandle(1);

    /// <summary>The finished image.</summary>
    /// <param name="addition">What else is in it; null for the code alone.</param>
    public byte[] Build(ImageAddition? addition = null)
    {
        var assemblyName = addition?.AssemblyName ?? AssemblyName;
        var identity = metadata.ReserveGuid();
        metadata.AddModule(0, metadata.GetOrAddString(assemblyName + ".dll"), identity.Handle, default, default);
        metadata.AddAssembly(metadata.GetOrAddString(assemblyName), new Version(1, 0, 0, 0), default, default, 0, AssemblyHashAlgorithm.None);
        var link = LinkWriter.Write(this, module, fieldOrder);
        var constructor = ConstructorBody();
        foreach (var (kind, index) in fieldOrder) AddField(kind, index);

        var firstField = MetadataTokens.FieldDefinitionHandle(1);
        metadata.AddTypeDefinition(default, default, metadata.GetOrAddString("<Module>"), default, firstField, MetadataTokens.MethodDefinitionHandle(1));
        metadata.AddTypeDefinition(
            TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit, default, metadata.GetOrAddString("Instance"), Signatures.Type(typeof(GuestInstance)),
            firstField, MetadataTokens.MethodDefinitionHandle(1));
        for (var row = 0; row == 0 || row < functions.Count + extras.Count; row += MethodsPerType)
        {
            // Without BeforeFieldInit native code asks in every function whether the class is initialized.
            metadata.AddTypeDefinition(
                TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit, default,
                metadata.GetOrAddString($"Code{row / MethodsPerType}"), Signatures.Type(typeof(object)),
                MetadataTokens.FieldDefinitionHandle(fieldOrder.Count + 1),
                MetadataTokens.MethodDefinitionHandle(FirstFunctionRow + row));
        }

        FinishPiece();
        il.Align(4);
        addition?.AddTypes(this, metadata, new MethodBodyStreamEncoder(il));
        var voidInstance = metadata.GetOrAddBlob(new byte[] { 0x20, 0x00, 0x01 });
        AddMethod(MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName, new MethodRow(".ctor", voidInstance, constructor));
        AddMethod(MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, new MethodRow("Link", voidInstance, link));
        foreach (var row in functions) AddMethod(MethodAttributes.Assembly | MethodAttributes.Static, row);
        foreach (var row in extras) AddMethod(MethodAttributes.Assembly | MethodAttributes.Static, row);
        addition?.AddMethods(metadata);
        identity.CreateWriter().WriteGuid(ContentIdentity.Of(module.Bytes.Span, il));
        var entryPoint = addition?.EntryPoint ?? default;
        var pe = new ManagedPEBuilder(
            new PEHeaderBuilder(imageCharacteristics: Characteristics.ExecutableImage | (entryPoint.IsNil ? Characteristics.Dll : 0)),
            new MetadataRootBuilder(metadata), il, addition?.MappedData, entryPoint: entryPoint, deterministicIdProvider: static _ => default);
        var image = new BlobBuilder();
        pe.Serialize(image);
        return image.ToArray();
    }

    private void AddMethod(MethodAttributes attributes, MethodRow row) =>
        metadata.AddMethodDefinition(
            attributes, row.Implementation, metadata.GetOrAddString(row.Name), row.Signature, row.Body, MetadataTokens.ParameterHandle(1));

    private void AddField(FieldKind kind, int index)
    {
        var blob = new BlobBuilder();
        blob.WriteByte(0x06);
        Signatures.Write(blob, FieldType(kind, index));
        metadata.AddFieldDefinition(FieldAttributes.Public, metadata.GetOrAddString($"{kind}{index}"), metadata.GetOrAddBlob(blob));
    }

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
        return AddBody([], writer.Code, 8, [], []);
    }
}

/// <summary>A CIL exception clause: a filter when <c>FilterStart</c> is not negative, else a catch of a type.</summary>
internal readonly record struct ExceptionRegion(
    int TryStart, int TryEnd, int HandlerStart, int HandlerEnd, int FilterStart, int CatchToken);
