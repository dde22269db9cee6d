using System.Runtime.Intrinsics;
using Coffer.Binary;
using Coffer.Compilation;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>Allocates and initializes the entities of an instance (specification, section 4.7.2).</summary>
internal sealed unsafe class InstanceInitializer
{
    private readonly Instance instance;
    private readonly GuestInstance guest;
    private readonly ModuleDefinition module;
    private readonly Module compiled;
    private readonly InstanceTemplate template;

    public InstanceInitializer(Instance instance)
    {
        this.instance = instance;
        guest = instance.Guest;
        compiled = instance.Module;
        module = compiled.Definition;
        template = compiled.Template;
        Memories = NewArray<Memory>(module.Memories.Length);
        guest.Owner = instance;
        guest.Store = instance.Store;
        guest.AllOnes = -1;
        guest.Fuel = instance.Store.FuelTank!;
        if (template.HasObjects) guest.Heap = instance.Store.Heap;
        if (template.HasManyResults) guest.Results = instance.Store.Results;
        guest.Types = template.Types;
        guest.Imports = NewArray<FuncRef>(module.ImportedFunctions);
        guest.Memories = NewArray<LinearMemory>(module.Memories.Length);
        guest.Tables = NewArray<Table>(module.Tables.Length);
        guest.Globals = NewArray<Global>(module.Globals.Length);
        guest.Tags = NewArray<Tag>(module.Tags.Length);
        guest.Elements = template.Elements;
        guest.Data = template.HasPassiveData ? [.. template.Data] : template.Data;
    }

    /// <summary>The memories of the index space.</summary>
    public Memory[] Memories { get; }

    private static T[] NewArray<T>(int length) => length == 0 ? [] : new T[length];

    /// <summary>Puts what the module imports in its place; it matches.</summary>
    public void Import(ImportDeclaration import, object entity)
    {
        switch (import.Kind)
        {
            case ExternalKind.Function:
                guest.Imports[import.Index] = (FuncRef)entity;
                break;
            case ExternalKind.Table:
                guest.Tables[import.Index] = (Table)entity;
                break;
            case ExternalKind.Memory:
                Memories[import.Index] = (Memory)entity;
                break;
            case ExternalKind.Global:
                guest.Globals[import.Index] = (Global)entity;
                break;
            default:
                guest.Tags[import.Index] = (Tag)entity;
                break;
        }
    }

    /// <summary>Everything up to the active segments.</summary>
    public void Initialize()
    {
        for (var i = 0; i < Memories.Length; i++)
        {
            if (i >= module.ImportedMemories) Memories[i] = new Memory(instance.Store, module.Memories[i], template.Contents?[i]);
            else if (Memories[i].Store != instance.Store) instance.Store.Register(Memories[i]);
            guest.Memories[i] = Memories[i].Linear;
        }

        CheckMemoryModes();
        for (var i = module.ImportedTags; i < guest.Tags.Length; i++)
        {
            guest.Tags[i] = new Tag(instance.Store, module.Types[module.Tags[i].TypeIndex]);
        }

        for (var i = module.ImportedGlobals; i < guest.Globals.Length; i++) InitializeGlobal(i);
        for (var i = module.ImportedTables; i < guest.Tables.Length; i++)
        {
            var table = module.Tables[i];
            var initial = table.Initializer.Length > 0 ? Reference(table.Initializer) : null;
            guest.Tables[i] = new Table(instance.Store, table.Type, initial);
            if (template.TableFunctions?[i] is { } functions) guest.Tables[i].FillWhenRead(guest, functions);
        }

        InitializeSegments();
        guest.Link();
    }

    /// <summary>Active segments that are in place already are dropped from the start; an empty one is what the template has.</summary>
    private void InitializeSegments()
    {
        if (template.TableFunctions is null || template.HasPassiveElements)
        {
            guest.Elements = new object?[module.Elements.Length][];
            for (var i = 0; i < guest.Elements.Length; i++)
            {
                var isPlaced = template.TableFunctions is not null && module.Elements[i].Mode == SegmentMode.Active;
                guest.Elements[i] = isPlaced ? [] : Elements(module.Elements[i]);
            }
        }

        if (template.Contents is not null) return;
        guest.Data = new ReadOnlyMemory<byte>[module.Data.Length];
        for (var i = 0; i < guest.Data.Length; i++)
        {
            guest.Data[i] = module.Bytes.Slice(module.Data[i].Content.Offset, module.Data[i].Content.Length);
        }
    }

    /// <summary>Code that relies on faults must never see a memory that does not fault.</summary>
    private void CheckMemoryModes()
    {
        for (var i = 0; i < Memories.Length; i++)
        {
            if (compiled.Compiled.GuardedMemories[i] && !Memories[i].Linear.IsGuarded)
            {
                throw new LinkException($"memory {i} is not guarded, but the module was compiled for a guarded one; use one engine for both");
            }
        }
    }

    private void InitializeGlobal(int index)
    {
        var declaration = module.Globals[index];
        var global = new Global(instance.Store, declaration.Type);
        guest.Globals[index] = global;
        var code = template.Globals[index - module.ImportedGlobals];
        if (code.Value is { IsKnown: true, Opcode: Opcode.GlobalGet } read)
        {
            Copy(guest.Globals[read.Index], global);
            return;
        }

        switch (declaration.Type.Type.Kind)
        {
            case ValueKind.I32: global.I32 = code.Value.IsKnown ? (int)code.Value.Bits : Call<int>(code); break;
            case ValueKind.I64: global.I64 = code.Value.IsKnown ? (long)code.Value.Bits : Call<long>(code); break;
            case ValueKind.F32: global.F32 = code.Value.IsKnown ? BitConverter.UInt32BitsToSingle((uint)code.Value.Bits) : Call<float>(code); break;
            case ValueKind.F64: global.F64 = code.Value.IsKnown ? BitConverter.UInt64BitsToDouble(code.Value.Bits) : Call<double>(code); break;
            case ValueKind.V128:
                global.V128 = code.Value.IsKnown
                    ? Vector128.Create(code.Value.Bits, code.Value.BitsHigh).AsByte()
                    : Call<Vector128<byte>>(code);
                break;
            default: global.Reference = Reference(declaration.Initializer); break;
        }
    }

    private static void Copy(Global from, Global to)
    {
        to.I32 = from.I32;
        to.I64 = from.I64;
        to.F32 = from.F32;
        to.F64 = from.F64;
        to.V128 = from.V128;
        to.Reference = from.Reference;
    }

    private T Call<T>(ConstantCode code)
    {
        var function = (delegate*<FunctionContext, T>)compiled.ExtraPointer(code.Extra);
        instance.Store.Enter();
        try
        {
            return function(guest);
        }
        finally
        {
            instance.Store.Exit();
        }
    }

    private object? Reference(ByteRange expression)
    {
        var code = compiled.Compiled.Constants[expression];
        if (!code.Value.IsKnown) return Call<object?>(code);
        return code.Value.Opcode switch
        {
            Opcode.RefFunc => GuestInstance.Function(guest, code.Value.Index),
            Opcode.GlobalGet => guest.Globals[code.Value.Index].Reference,
            _ => null,
        };
    }

    private ulong Address(ByteRange expression, bool is64)
    {
        var code = compiled.Compiled.Constants[expression];
        if (code.Value is { IsKnown: true, Opcode: Opcode.GlobalGet } read)
        {
            var global = guest.Globals[read.Index];
            return is64 ? (ulong)global.I64 : (uint)global.I32;
        }

        if (is64) return code.Value.IsKnown ? code.Value.Bits : (ulong)Call<long>(code);
        return code.Value.IsKnown ? (uint)code.Value.Bits : (uint)Call<int>(code);
    }

    private object?[] Elements(ElementSegment segment)
    {
        if (segment.Mode == SegmentMode.Declarative) return [];
        var elements = new object?[segment.Count];
        for (var i = 0; i < elements.Length; i++)
        {
            elements[i] = segment.Functions.IsDefault
                ? Reference(segment.Expressions[i])
                : GuestInstance.Function(guest, segment.Functions[i]);
        }

        return elements;
    }

    /// <summary>Copies active segments unless they are in place already; a trap leaves what was copied before it.</summary>
    public void RunActiveSegments()
    {
        for (var i = 0; template.TableFunctions is null && i < module.Elements.Length; i++)
        {
            var segment = module.Elements[i];
            if (segment.Mode != SegmentMode.Active) continue;
            var table = guest.Tables[segment.Table];
            var address = Address(segment.TableOffset, table.Type.Limits.Is64);
            TableOps.Init(address, 0, (uint)segment.Count, table, guest, i);
            TableOps.DropElements(guest, i);
        }

        for (var i = 0; template.Contents is null && i < module.Data.Length; i++)
        {
            var segment = module.Data[i];
            if (segment.Mode != SegmentMode.Active) continue;
            var memory = guest.Memories[segment.Memory];
            var address = Address(segment.MemoryOffset, memory.Type.Limits.Is64);
            MemoryOps.Init(memory, address, guest.Data[i].Span, 0, (ulong)segment.Content.Length);
            TableOps.DropData(guest, i);
        }
    }
}
