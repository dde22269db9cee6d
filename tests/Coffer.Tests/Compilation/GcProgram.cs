namespace Coffer.Tests.Compilation;

/// <summary>Instances of modules in the text format, in one store.</summary>
internal sealed class GcProgram
{
    private readonly Engine engine = new();
    private readonly Linker linker = new();

    public GcProgram() => Store = new Store(engine);

    public Store Store { get; }

    /// <summary>Instantiates a module, whose exports later ones may import under a name.</summary>
    public Instance Add(string text, string? name = null)
    {
        var instance = linker.Instantiate(Store, Module.CompileText(engine, text));
        if (name is not null) linker.DefineInstance(name, instance);
        return instance;
    }

    /// <summary>The one result of the function <c>run</c> of a module of one function.</summary>
    public static Value Run(string text, params ReadOnlySpan<Value> arguments) =>
        new GcProgram().Add(text).GetFunction("run").Invoke(arguments)[0];

    /// <summary>The trap that the function <c>run</c> of a module ends with.</summary>
    public static TrapKind Trap(string text)
    {
        var run = new GcProgram().Add(text).GetFunction("run");
        return Assert.Throws<TrapException>(() => run.Invoke()).Kind;
    }
}
