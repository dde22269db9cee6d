using System.Reflection;
using System.Reflection.Metadata;
using Coffer.Compilation;
using Coffer.Images;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>How a module becomes part of a program.</summary>
/// <param name="AssemblyName">The simple name of its image.</param>
/// <param name="ModuleName">The module's name in messages.</param>
internal sealed record LinkedTarget(string AssemblyName, string ModuleName)
{
    /// <summary>The name of the public class by which other assemblies get the module.</summary>
    public const string EntryType = "LinkedModule";

    /// <summary>
    /// What the program does: a static method that takes the code, the arguments, <see cref="ModuleName"/> and
    /// <see cref="Settings"/>, and returns an exit code. Null for an image that other assemblies use.
    /// </summary>
    public MethodInfo? Main { get; init; }

    /// <summary>What is passed on to <see cref="Main"/>.</summary>
    public string Settings { get; init; } = "";
}

/// <summary>
/// Adds to an image what makes it part of a program: the module and its record as data, a class derived from
/// <see cref="LinkedCode"/>, the calls between guest and host for the types of its imports and exports, and an entry.
/// </summary>
internal sealed class LinkedWriter(LinkedTarget target, ModuleDefinition module, CompiledModule compiled, EngineOptions options) : ImageAddition
{
    private const MethodAttributes Override = MethodAttributes.Virtual | MethodAttributes.HideBySig;
    private const MethodAttributes Private = MethodAttributes.Private | MethodAttributes.Static;

    private readonly List<(MethodAttributes Attributes, string Name, MetadataBlob Signature, int Body)> methods = [];
    private readonly LinkedSignatures signatures = LinkedSignatures.Of(module);
    private ImageBuilder image = null!;
    private MetadataTables metadata = null!;
    private MethodBodies bodies = null!;
    private ImageRows free;

    /// <inheritdoc/>
    public override void AddTypes(ImageBuilder builder, MetadataTables tables, MethodBodies code)
    {
        (image, metadata, bodies, free) = (builder, tables, code, builder.NextRows);
        HostThunkWriter.IgnoreAccessChecks(metadata, image.Signatures, typeof(Engine).Assembly);
        var record = CompiledModuleWriter.Write(compiled);
        var fills = Blocks(compiled.Offsets.Count);
        var calls = signatures.Exports.Select(type => Add(
            Private, "Call", GuestThunkWriter.Signature(image.Signatures, type), GuestThunkWriter.WriteBody(image, metadata, bodies, type))).ToList();
        var constructor = Constructor(record.Length);
        AddOverride(nameof(LinkedCode.NewInstance), typeof(Runtime.GuestInstance), [], NewInstance());
        AddOverride("Fill", typeof(void), [typeof(int), typeof(nint[])], Dispatch(fills, (_, fill) =>
        {
            var writer = new CilWriter();
            writer.LoadArgument(2);
            writer.Op(ILOpCode.Call, fill);
            writer.Op(ILOpCode.Ret);
            return writer;
        }));
        AddOverride("CreateDelegate", typeof(Delegate), [typeof(int), typeof(FuncRef)], CreateDelegate(calls));
        AddOverride("DefineHostThunks", typeof(void), [], DefineHostThunks());
        var entry = target.Main is { } main ? Main(main, constructor) : Load(constructor);
        AddRows(record, entry);
    }

    /// <inheritdoc/>
    public override void AddMethods(MetadataTables tables)
    {
        foreach (var (attributes, name, signature, body) in methods)
        {
            tables.AddMethod(attributes, MethodImplAttributes.IL, name, tables.Blobs.Add(signature.Written), body);
        }
    }

    private int FieldToken(int field) => MetadataTables.FieldToken(free.Field + field);

    // The class of the code, then its two pieces of data and their types, then the entry.
    private void AddRows(byte[] record, int entryRow)
    {
        var firstField = MetadataTables.FieldToken(free.Field);
        var afterFields = MetadataTables.FieldToken(free.Field + 2);
        metadata.AddType(
            TypeAttributes.Sealed, "", "Linked", image.Signatures.Type(typeof(LinkedCode)), firstField, MetadataTables.MethodToken(free.Method));
        MappedData = new MetadataBlob(checked(module.Bytes.Length + record.Length + 8));
        var data = new[] { module.Bytes.ToArray(), record };
        for (var i = 0; i < data.Length; i++)
        {
            var type = MetadataTables.TypeToken(free.Type + 1 + i);
            var blob = new MetadataBlob();
            blob.WriteByte(0x06);
            blob.WriteByte(0x11);
            blob.WriteCompressed(MetadataWriter.CodedType(type));
            var field = metadata.AddField(FieldAttributes.Assembly | FieldAttributes.Static | FieldAttributes.HasFieldRVA, $"Data{i}", blob);
            MappedData.Align(8);
            metadata.AddFieldData(field, MappedData.Length);
            MappedData.WriteBytes(data[i]);
            metadata.AddType(
                TypeAttributes.ExplicitLayout | TypeAttributes.Sealed, "", $"Bytes{i}", image.Signatures.Type(typeof(System.ValueType)),
                afterFields, MetadataTables.MethodToken(entryRow));
            metadata.AddLayout(type, 1, (uint)data[i].Length);
        }

        metadata.AddType(
            TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed, target.AssemblyName, LinkedTarget.EntryType, PublicObject(),
            afterFields, MetadataTables.MethodToken(entryRow));
        if (target.Main is not null) EntryPoint = MetadataTables.MethodToken(entryRow);
    }

    // Compilers know the platform's types by the assemblies that programs refer to, not by those they are in.
    private int PublicObject()
    {
        var platform = typeof(object).Assembly.GetName();
        var assembly = metadata.AddAssemblyReference("System.Runtime", platform.Version!, [0xb0, 0x3f, 0x5f, 0x7f, 0x11, 0xd5, 0x0a, 0x3a]);
        return metadata.AddTypeReference(assembly, "System", "Object");
    }

    private List<int> Blocks(int rows)
    {
        var blocks = new List<int>();
        for (var first = 0; first < rows; first += LinkedCode.RowsPerBlock)
        {
            var writer = new CilWriter();
            for (var row = first; row < Math.Min(rows, first + LinkedCode.RowsPerBlock); row++)
            {
                writer.LoadArgument(0);
                writer.LoadI4(row);
                writer.Op(ILOpCode.Ldftn, ImageBuilder.RowToken(row));
                writer.Op(ILOpCode.Stelem_i);
            }

            writer.Op(ILOpCode.Ret);
            blocks.Add(Add(Private, "Fill", Signature(isStatic: true, typeof(void), typeof(nint[])), Body(writer)));
        }

        return blocks;
    }

    private int Constructor(int recordLength)
    {
        var writer = new CilWriter();
        writer.LoadArgument(0);
        LoadData(writer, 0, module.Bytes.Length);
        LoadData(writer, 1, recordLength);
        writer.LoadI8((long)options.Features);
        writer.LoadI4((int)LinkedCode.TraitsOf(options));
        LoadString(writer, LinkedCode.EngineIdentity);
        writer.Op(ILOpCode.Call, image.Token(typeof(LinkedCode).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic)[0]));
        writer.Op(ILOpCode.Ret);
        return Add(
            MethodAttributes.Assembly | MethodAttributes.SpecialName | MethodAttributes.RTSpecialName, ".ctor",
            Signature(isStatic: false, typeof(void)), Body(writer));
    }

    private void LoadData(CilWriter writer, int field, int length)
    {
        writer.Op(ILOpCode.Ldsflda, FieldToken(field));
        writer.Op(ILOpCode.Conv_u);
        writer.LoadI4(length);
    }

    private void LoadString(CilWriter writer, string text) =>
        writer.Op(ILOpCode.Ldstr, metadata.AddUserString(text));

    private static CilWriter NewInstance()
    {
        var writer = new CilWriter();
        writer.Op(ILOpCode.Newobj, ImageBuilder.InstanceConstructor);
        writer.Op(ILOpCode.Ret);
        return writer;
    }

    private CilWriter CreateDelegate(List<int> calls) => Dispatch(calls, (signature, call) =>
    {
        var type = NaturalDelegate.Of(signatures.Exports[signature], takesCaller: false);
        var writer = new CilWriter();
        writer.LoadArgument(2);
        writer.Op(ILOpCode.Ldftn, call);
        writer.Op(ILOpCode.Newobj, image.Token(type.GetConstructors()[0]));
        writer.Op(ILOpCode.Ret);
        return writer;
    });

    private CilWriter DefineHostThunks()
    {
        var add = Members.Method(typeof(LinkedThunks), nameof(LinkedThunks.Add));
        var writer = new CilWriter();
        foreach (var (index, takesCaller) in Enumerable.Range(0, signatures.Imports.Length).SelectMany(index => new[] { (index, true), (index, false) }))
        {
            var type = NaturalDelegate.Of(signatures.Imports[index], takesCaller);
            if (CompiledThunks.Find(type) != 0) continue;
            var shape = DelegateShape.Of(type);
            var thunk = Add(
                Private, "Thunk", HostThunkWriter.Signature(image.Signatures, shape),
                HostThunkWriter.WriteBody(metadata, image.Signatures, bodies, shape, type));
            writer.Op(ILOpCode.Ldtoken, image.Token(type));
            writer.Op(ILOpCode.Call, image.Token(Members.Method(typeof(Type), nameof(Type.GetTypeFromHandle))));
            writer.LoadArgument(0);
            writer.LoadI4(index);
            writer.Op(ILOpCode.Call, image.Token(Members.Method(typeof(LinkedCode), nameof(LinkedCode.ImportType))));
            writer.Op(ILOpCode.Ldftn, thunk);
            writer.Op(ILOpCode.Call, image.Token(add));
        }

        writer.Op(ILOpCode.Ret);
        return writer;
    }

    private int Load(int constructor)
    {
        var writer = new CilWriter();
        writer.LoadArgument(0);
        writer.Op(ILOpCode.Newobj, constructor);
        LoadString(writer, target.ModuleName);
        writer.Op(ILOpCode.Call, image.Token(Members.Method(typeof(Module), nameof(Module.LoadLinked))));
        writer.Op(ILOpCode.Ret);
        return Row(Add(MethodAttributes.Public | MethodAttributes.Static, "Load", Signature(isStatic: true, typeof(Module), typeof(Engine)), Body(writer)));
    }

    private int Main(MethodInfo main, int constructor)
    {
        var writer = new CilWriter();
        writer.Op(ILOpCode.Newobj, constructor);
        writer.LoadArgument(0);
        LoadString(writer, target.ModuleName);
        LoadString(writer, target.Settings);
        writer.Op(ILOpCode.Call, image.Token(main));
        writer.Op(ILOpCode.Ret);
        return Row(Add(MethodAttributes.Public | MethodAttributes.Static, "Main", Signature(isStatic: true, typeof(int), typeof(string[])), Body(writer)));
    }

    /// <summary>A method that does, by the number in its first argument, one of several things.</summary>
    private static CilWriter Dispatch(List<int> methods, Func<int, int, CilWriter> make)
    {
        var writer = new CilWriter();
        var labels = methods.Select(_ => writer.NewLabel()).ToArray();
        writer.LoadArgument(1);
        writer.Switch(labels);
        writer.Op(ILOpCode.Ldnull);
        writer.Op(ILOpCode.Throw);
        for (var i = 0; i < labels.Length; i++)
        {
            writer.Mark(labels[i]);
            writer.Raw(make(i, methods[i]).Code);
        }

        writer.ResolveBranches();
        return writer;
    }

    private void AddOverride(string name, Type returns, Type[] parameters, CilWriter writer)
    {
        var access = Members.Method(typeof(LinkedCode), name).IsPublic ? MethodAttributes.Public : MethodAttributes.Family;
        Add(access | Override, name, Signature(isStatic: false, returns, parameters), Body(writer));
    }

    private MetadataBlob Signature(bool isStatic, Type returns, params Type[] parameters)
    {
        var blob = new MetadataBlob();
        blob.WriteByte((byte)(isStatic ? 0x00 : 0x20));
        blob.WriteCompressed(parameters.Length);
        image.Signatures.Write(blob, returns);
        foreach (var parameter in parameters) image.Signatures.Write(blob, parameter);
        return blob;
    }

    private int Body(CilWriter writer) => bodies.Add(writer, maxStack: 8);

    private int Add(MethodAttributes attributes, string name, MetadataBlob signature, int body)
    {
        methods.Add((attributes, name, signature, body));
        return MetadataTables.MethodToken(free.Method + methods.Count - 1);
    }

    private static int Row(int methodToken) => methodToken & 0xFFFFFF;
}
