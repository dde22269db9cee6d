using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Text;

/// <summary>Prints types.</summary>
internal sealed class TypePrinter(ModuleDefinition module, PrintedNames names, TextOutput output)
{
    /// <summary>A value type.</summary>
    public void Write(ValueType type)
    {
        if (!type.IsReference || (type.IsNullable && !type.Heap.IsConcrete))
        {
            output.Write(type.ToString());
            return;
        }

        output.Write(type.IsNullable ? "(ref null " : "(ref ");
        Write(type.Heap);
        output.Write(')');
    }

    /// <summary>A heap type.</summary>
    public void Write(HeapType type) =>
        output.Write(type.IsConcrete ? names.Reference(NameKind.Type, (uint)type.Index) : type.ToString());

    /// <summary>A reference type from its parts.</summary>
    public void WriteReference(HeapType heap, bool isNullable) => Write(ValueType.Reference(heap, isNullable));

    /// <summary>The type field of an index.</summary>
    public void WriteDefinition(int index)
    {
        var type = module.TypeDeclarations[index];
        output.Write("(type");
        names.WriteDeclaration(output, NameKind.Type, index);
        output.Write(' ');
        var isSub = !type.IsFinal || type.SupertypeIndex >= 0;
        if (isSub)
        {
            output.Write(type.IsFinal ? "(sub final " : "(sub ");
            if (type.SupertypeIndex >= 0)
            {
                output.Write(names.Reference(NameKind.Type, (uint)type.SupertypeIndex));
                output.Write(' ');
            }
        }

        WriteComposite(type.Composite, index);
        output.Write(isSub ? "))" : ")");
    }

    /// <summary>A type use: the index, and the parameters and results if it is a function type.</summary>
    /// <param name="index">The type.</param>
    /// <param name="namedParameters">Whether parameters have the names of the current function's locals.</param>
    public void WriteUse(int index, bool namedParameters = false)
    {
        output.Write(" (type ");
        output.Write(names.Reference(NameKind.Type, (uint)index));
        output.Write(')');
        if (index >= module.TypeDeclarations.Length) return;
        if (module.TypeDeclarations[index].Composite is FunctionType function)
        {
            WriteSignature(function, namedParameters);
        }
    }

    /// <summary>How many parameters a type has; 0 unless it is a function type.</summary>
    public int ParameterCount(int index) =>
        index < module.TypeDeclarations.Length && module.TypeDeclarations[index].Composite is FunctionType function
            ? function.Parameters.Length
            : 0;

    /// <summary>A block type, after a space if there is anything.</summary>
    public void WriteBlock(BlockType type)
    {
        if (type.IsEmpty) return;
        if (type.TypeIndex >= 0)
        {
            WriteUse(type.TypeIndex);
            return;
        }

        output.Write(" (result ");
        Write(type.Result);
        output.Write(')');
    }

    /// <summary>Limits, after the address type if that is i64.</summary>
    public void WriteLimits(Limits limits)
    {
        if (limits.Is64) output.Write("i64 ");
        output.Write(limits.Minimum);
        if (limits.Maximum is { } maximum)
        {
            output.Write(' ');
            output.Write(maximum);
        }

        if (limits.IsShared) output.Write(" shared");
    }

    public void Write(MemoryType type)
    {
        WriteLimits(type.Limits);
        if (type.PageSizeLog2 == 16) return;
        output.Write(" (pagesize ");
        output.Write(1ul << type.PageSizeLog2);
        output.Write(')');
    }

    public void Write(TableType type)
    {
        WriteLimits(type.Limits);
        output.Write(' ');
        Write(type.Element);
    }

    public void Write(GlobalType type)
    {
        output.Write(type.IsMutable ? "(mut " : "");
        Write(type.Type);
        output.Write(type.IsMutable ? ")" : "");
    }

    private void WriteComposite(CompositeType type, int index)
    {
        switch (type)
        {
            case FunctionType function:
                output.Write("(func");
                WriteSignature(function, namedParameters: false);
                break;
            case StructType structure:
                output.Write("(struct");
                for (var i = 0; i < structure.Fields.Length; i++)
                {
                    output.Write(" (field");
                    names.TryWriteField(output, index, i);
                    output.Write(' ');
                    Write(structure.Fields[i]);
                    output.Write(')');
                }

                break;
            case ArrayType array:
                output.Write("(array ");
                Write(array.Element);
                break;
        }

        output.Write(')');
    }

    private void WriteSignature(FunctionType function, bool namedParameters)
    {
        for (var i = 0; i < function.Parameters.Length; i++)
        {
            var isNamed = namedParameters && names.IsLocalNamed(i);
            var continues = i > 0 && !isNamed && !(namedParameters && names.IsLocalNamed(i - 1));
            output.Write(continues ? " " : i > 0 ? ") (param" : " (param");
            if (isNamed) names.WriteLocal(output, i);
            if (!continues) output.Write(' ');
            Write(function.Parameters[i]);
        }

        if (function.Parameters.Length > 0) output.Write(')');
        if (function.Results.Length == 0) return;
        output.Write(" (result");
        foreach (var result in function.Results)
        {
            output.Write(' ');
            Write(result);
        }

        output.Write(')');
    }

    private void Write(FieldType field)
    {
        output.Write(field.IsMutable ? "(mut " : "");
        if (field.IsPacked) output.Write(field.Packing == Packing.I8 ? "i8" : "i16");
        else Write(field.Type);
        output.Write(field.IsMutable ? ")" : "");
    }
}
