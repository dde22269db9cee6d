using System.Reflection;
using Coffer.Types;

namespace Coffer.Runtime;

/// <summary>
/// The CLR class that holds structs of one shape. Its names are known at once; the class itself is made when first
/// needed. Thread-safe.
/// </summary>
internal sealed class StructLayout
{
    /// <summary>What the names of layout assemblies begin with.</summary>
    public const string AssemblyPrefix = "Coffer.Layout.";

    /// <summary>The namespace of every layout class.</summary>
    public const string TypeNamespace = "Coffer.Layout";

    /// <summary>The name of every layout class; its assembly tells which.</summary>
    public const string TypeName = "Struct";

    /// <summary>Structs with more fields are filled one by one; a constructor call with too many arguments is slow to compile.</summary>
    public const int MostConstructorFields = 64;

    private readonly Lazy<Type> clrType;

    internal StructLayout(string shape, StructLayout? parent, bool isCollectible)
    {
        Shape = shape;
        Parent = parent;
        AssemblyName = AssemblyPrefix + StorageShape.NameOf(shape);
        Fields = parent is null ? shape : parent.Fields + shape[(parent.Shape.Length + 1)..];
        clrType = new Lazy<Type>(() => LayoutLoadContext.Load(this, isCollectible));
    }

    /// <summary>The letters of <see cref="StorageShape"/>, with an underscore between the levels.</summary>
    public string Shape { get; }

    /// <summary>The letters of all fields, inherited ones first.</summary>
    public string Fields { get; }

    /// <summary>The layout of the supertype, whose class this one derives from; null for a root.</summary>
    public StructLayout? Parent { get; }

    /// <summary>The simple name of the assembly with the class.</summary>
    public string AssemblyName { get; }

    /// <summary>The class, derived from <see cref="StructObject"/>; its fields and constructors are public.</summary>
    public Type ClrType => clrType.Value;

    /// <summary>How many of the fields are inherited.</summary>
    public int InheritedFields => Parent?.Fields.Length ?? 0;

    /// <summary>Whether there is a constructor that takes the values of all fields, then the type.</summary>
    public bool HasFieldConstructor => Fields.Length is > 0 and <= MostConstructorFields;

    /// <summary>The name of a field.</summary>
    public static string FieldName(int index) => $"f{index}";

    /// <summary>The layout whose class declares a field.</summary>
    public StructLayout Declaring(int field)
    {
        var layout = this;
        while (field < layout.InheritedFields) layout = layout.Parent!;
        return layout;
    }

    /// <summary>A field, inherited or not.</summary>
    public FieldInfo Field(int index) => Declaring(index).ClrType.GetField(FieldName(index))!;

    /// <summary>The constructor that leaves all fields zero or null: takes the type.</summary>
    public ConstructorInfo DefaultConstructor => ClrType.GetConstructor([typeof(DefinedType)])!;

    /// <summary>The constructor that takes the values of all fields, then the type.</summary>
    public ConstructorInfo FieldConstructor =>
        ClrType.GetConstructor([.. Fields.Select(StorageShape.ClrType), typeof(DefinedType)])!;
}
