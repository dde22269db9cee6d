using Coffer.Edge.Apps;

namespace Coffer.Edge.Guests;

/// <summary>
/// A way in which modules are handlers of HTTP requests: the functions that they import and export decide which. Immutable and
/// thread-safe.
/// </summary>
internal abstract class GuestKind
{
    /// <summary>What people call it, such as <c>wagi</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What such a module is, in a few words.</summary>
    public abstract string Description { get; }

    /// <summary>Whether a module is of this kind, by its imports and exports.</summary>
    public abstract bool Recognizes(Module module);

    /// <summary>Links a module, so that requests find nothing left to look up.</summary>
    /// <exception cref="CofferException">It cannot be linked.</exception>
    public abstract GuestProgram Link(Module module, AppOptions options, GuestHost host);
}

/// <summary>
/// A module that was linked for one version of an app. Thread-safe: requests run in sandboxes of their own. Disposing it, when
/// no request uses it any more, ends what it keeps for later.
/// </summary>
internal abstract class GuestProgram : IDisposable
{
    /// <summary>The name of its kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The same module, linked for other options.</summary>
    /// <exception cref="CofferException">It cannot be linked.</exception>
    public abstract GuestProgram LinkAgain(AppOptions options, GuestHost host);

    /// <summary>
    /// Serves one request to its end, on a thread that may be kept waiting. Makes the sandbox by
    /// <see cref="GuestCall.OpenStore"/>, so that the limits of the request end it.
    /// </summary>
    /// <exception cref="GuestFault">The guest did what it must not.</exception>
    /// <exception cref="CofferException">The guest trapped, or reached a limit.</exception>
    public abstract void Run(GuestCall call);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
