using System.Collections.Concurrent;
using Coffer.Types;

namespace Coffer.Embedding;

/// <summary>The thunks of <see cref="HostThunk"/> that came with modules which are part of the program.</summary>
internal static class LinkedThunks
{
    private static readonly ConcurrentDictionary<Type, HostThunk> Thunks = new();

    /// <summary>The thunk for a type of delegates, or null.</summary>
    public static HostThunk? Find(Type delegateType) => Thunks.GetValueOrDefault(delegateType);

    /// <summary>Makes a thunk known, for the delegates that a function type has by itself.</summary>
    public static void Add(Type delegateType, FunctionType type, nint code) =>
        Thunks.TryAdd(delegateType, new HostThunk(DelegateShape.OfGeneric(delegateType, returns: type.Results.Length > 0), code));
}
