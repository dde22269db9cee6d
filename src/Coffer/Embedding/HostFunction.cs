using Coffer.Runtime;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>A delegate that guests may import, before it belongs to a store.</summary>
internal sealed class HostFunction
{
    private readonly HostThunk thunk;
    private readonly Delegate target;

    public HostFunction(Delegate target)
    {
        thunk = HostThunk.Of(target.GetType());
        this.target = target;
    }

    /// <summary>The type the delegate has by itself.</summary>
    public FunctionType NaturalType => thunk.NaturalType;

    /// <summary>Whether it can be imported with a type.</summary>
    public bool Fits(FunctionType type) => thunk.Shape.Fits(type);

    /// <summary>Makes it a function of the instance that imports it, with the type that declares.</summary>
    public FuncRef Bind(Instance importer, DefinedType type) => new(type, thunk.Code, new HostContext
    {
        Store = importer.Store,
        Target = target,
        Type = type,
        Thunk = thunk,
        Caller = importer,
    });
}
