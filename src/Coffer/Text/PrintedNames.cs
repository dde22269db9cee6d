using System.Globalization;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// How the items of a module are called when it is printed: by identifiers from its name section, or by number.
/// </summary>
internal sealed class PrintedNames
{
    private readonly NameSection names;
    private readonly IdentifierScope[] scopes;
    private readonly Dictionary<int, IdentifierScope> fields = [];
    private IdentifierScope locals = new([]);

    public PrintedNames(ModuleDefinition module)
    {
        names = NameSection.Of(module);
        ModuleName = names.ModuleName;
        scopes = new IdentifierScope[(int)NameKind.Tag + 1];
        for (var kind = NameKind.Module; kind <= NameKind.Tag; kind++)
        {
            scopes[(int)kind] = Scope(kind, CountOf(module, kind));
        }
    }

    public string? ModuleName { get; }

    /// <summary>Makes the locals of a function the current ones.</summary>
    public void EnterFunction(int function, int localCount)
    {
        var inRange = names.FindAll(NameKind.Local, function).Where(entry => entry.Key < localCount);
        locals = new IdentifierScope(inRange);
    }

    /// <summary>The names of the labels of a function, by their order in the body.</summary>
    public Dictionary<int, string> Labels(int function) => names.FindAll(NameKind.Label, function);

    /// <summary>What refers to an item: its identifier or number.</summary>
    public string Reference(NameKind kind, uint index) =>
        (index <= int.MaxValue ? ScopeOf(kind).Find((int)index) : null) ?? index.ToString(CultureInfo.InvariantCulture);

    /// <summary>What refers to a field of a type.</summary>
    public string FieldReference(uint type, uint field) =>
        (Math.Max(type, field) <= int.MaxValue ? Fields((int)type).Find((int)field) : null)
        ?? field.ToString(CultureInfo.InvariantCulture);

    /// <summary>Writes the identifier, if any, and the number as a comment, each after a space.</summary>
    public void WriteDeclaration(TextOutput output, NameKind kind, int index)
    {
        WriteIdentifier(output, ScopeOf(kind), index);
        output.Write(" (;");
        output.Write((ulong)index);
        output.Write(";)");
    }

    /// <summary>Whether a local has an identifier, and so needs a declaration of its own.</summary>
    public bool IsLocalNamed(int local) => locals.Find(local) is not null;

    /// <summary>Writes the identifier of a local.</summary>
    public void WriteLocal(TextOutput output, int local) => WriteIdentifier(output, locals, local);

    /// <summary>Writes the identifier of a field, if any; whether there was one.</summary>
    public bool TryWriteField(TextOutput output, int type, int field)
    {
        WriteIdentifier(output, Fields(type), field);
        return Fields(type).Find(field) is not null;
    }

    private static void WriteIdentifier(TextOutput output, IdentifierScope scope, int index)
    {
        if (scope.Find(index) is not { } identifier) return;
        output.Write(' ');
        output.Write(identifier);
        if (scope.FindOriginal(index) is not { } original) return;
        output.Write(" (@name ");
        output.WriteName(original);
        output.Write(')');
    }

    private IdentifierScope ScopeOf(NameKind kind) => kind == NameKind.Local ? locals : scopes[(int)kind];

    private IdentifierScope Fields(int type)
    {
        if (!fields.TryGetValue(type, out var scope))
        {
            fields.Add(type, scope = new IdentifierScope(names.FindAll(NameKind.Field, type)));
        }

        return scope;
    }

    private IdentifierScope Scope(NameKind kind, int count)
    {
        var found = new List<KeyValuePair<int, string>>();
        for (var index = 0; index < count; index++)
        {
            if (names.Find(kind, index) is { } name) found.Add(new KeyValuePair<int, string>(index, name));
        }

        return new IdentifierScope(found);
    }

    private static int CountOf(ModuleDefinition module, NameKind kind) => kind switch
    {
        NameKind.Function => module.Functions.Length,
        NameKind.Type => module.TypeDeclarations.Length,
        NameKind.Table => module.Tables.Length,
        NameKind.Memory => module.Memories.Length,
        NameKind.Global => module.Globals.Length,
        NameKind.Element => module.Elements.Length,
        NameKind.Data => module.Data.Length,
        NameKind.Tag => module.Tags.Length,
        _ => 0,
    };
}
