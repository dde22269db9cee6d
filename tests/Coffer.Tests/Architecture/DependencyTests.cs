namespace Coffer.Tests.Architecture;

/// <summary>The folders of the engine depend on each other one way only.</summary>
public sealed class DependencyTests
{
    // What the types of a folder may use, besides their own folder and the types at the root, which all may name: the
    // values, the entities of a store, the errors and the limits.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [""] = ["Types", "Instructions", "Binary", "Text", "Validation", "Images", "Compilation", "Runtime", "Embedding", "Diagnostics"],
        ["Types"] = [],
        ["Instructions"] = ["Types"],
        ["Binary"] = ["Types", "Instructions"],
        ["Text"] = ["Types", "Instructions", "Binary"],
        ["Validation"] = ["Types", "Instructions", "Binary"],
        ["Images"] = [],
        ["Runtime"] = ["Types", "Images"],
        ["Compilation"] = ["Types", "Instructions", "Binary", "Validation", "Images", "Runtime"],
        ["Diagnostics"] = ["Types", "Binary", "Compilation"],
        ["Embedding"] = ["Types", "Binary", "Images", "Runtime", "Compilation"],
    };

    // Uses against the graph, each with its reason.
    private static readonly string[] Exceptions =
    [
        // Makes the entities of an instance from what was decoded and compiled.
        "InstanceInitializer -> Binary", "InstanceInitializer -> Compilation", "InstanceInitializer -> Instructions",
        "InstanceTemplate -> Binary", "InstanceTemplate -> Compilation", "InstanceTemplate -> Instructions",
        // Keeps the thunk alive whose code it belongs to.
        "HostContext -> Embedding",
        // Carries what backtraces say of the module, without knowing it.
        "GuestLoadContext -> Diagnostics", "LoadedCode -> Diagnostics",
    ];

    private static readonly List<(Type From, Type To)> References = [.. TypeReferences.Of(typeof(Engine).Assembly)];

    [Fact]
    public void Folders_OfTheEngine_UseOnlyWhatTheyMay()
    {
        var wrong = References
            .Where(pair => IsOurs(pair.From) && IsOurs(pair.To))
            .Where(pair => FolderOf(pair.To) is { Length: > 0 } to && to != FolderOf(pair.From) && !Allowed[FolderOf(pair.From)].Contains(to))
            .Where(pair => !Exceptions.Contains(Describe(pair)))
            .Select(pair => $"{FolderOf(pair.From)}: {pair.From.Name} -> {pair.To.FullName}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Exceptions_ToTheGraph_AreNeeded()
    {
        var needed = References.Where(pair => IsOurs(pair.From) && IsOurs(pair.To)).Select(Describe).ToHashSet();
        Assert.Equal(Exceptions, Exceptions.Where(needed.Contains));
    }

    [Fact]
    public void Folders_OfTheEngine_AreAllDrawn() => Assert.Equal(
        Allowed.Keys.Order(), typeof(Engine).Assembly.GetTypes().Where(IsOurs).Select(FolderOf).Distinct().Order());

    [Fact]
    public void Pointers_AreUsedOnlyWhereGuestsAndHostMeet()
    {
        string[] allowed = ["Runtime", "Embedding", "Store"];
        var users = typeof(Engine).Assembly.GetTypes()
            .Where(type => IsOurs(type) && TypeReferences.UsesPointers(type))
            .Select(type => FolderOf(type) is { Length: > 0 } folder ? folder : Outermost(type).Name)
            .Distinct();
        Assert.Empty(users.Except(allowed));
    }

    private static string Describe((Type From, Type To) pair) => $"{Outermost(pair.From).Name} -> {FolderOf(pair.To)}";

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    /// <summary>The first part of the namespace below the engine's; empty for the root.</summary>
    private static string FolderOf(Type type) => type.Namespace!.Split('.') is [_, var folder, ..] ? folder : "";

    private static bool IsOurs(Type type) => type.Namespace?.Split('.')[0] == "Coffer";
}
