using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Coffer.Embedding;

/// <summary>
/// Where exceptions cross between host and guest. Hardware faults of guest code reach the host as CLR exceptions that
/// a host function could throw just as well; so the latter travel through guest frames in a wrapper.
/// </summary>
internal static class Boundary
{
    /// <summary>The exceptions that a call of a guest translates, by <see cref="Rethrow"/>; all others pass as they are.</summary>
    public static readonly ImmutableArray<Type> FromGuest =
        [typeof(HostFault), typeof(NullReferenceException), typeof(ArithmeticException)];

    /// <summary>The exceptions of a host function that <see cref="ThrowFromHost"/> must wrap.</summary>
    public static readonly ImmutableArray<Type> FromHost = [typeof(NullReferenceException), typeof(ArithmeticException)];

    /// <summary>Whether an exception is one of <see cref="FromHost"/>.</summary>
    public static bool MustWrap(Exception exception) => exception is NullReferenceException or ArithmeticException;

    /// <summary>Whether an exception is one of <see cref="FromGuest"/>.</summary>
    public static bool MustTranslate(Exception exception) =>
        exception is HostFault or NullReferenceException or ArithmeticException;

    /// <summary>
    /// Throws what the host shall see in place of what a guest call threw. To be called after the handler was left: a
    /// throw inside a handler keeps the stack of all frames between the two, and a recursion through the boundary would
    /// overflow it while it unwinds.
    /// </summary>
    [DoesNotReturn]
    public static void Rethrow(Exception exception)
    {
        switch (exception)
        {
            case HostFault fault:
                fault.Original.Throw();
                break;
            case NullReferenceException:
                throw new TrapException(TrapKind.MemoryOutOfBounds, exception);
            case DivideByZeroException:
                throw new TrapException(TrapKind.IntegerDivideByZero, exception);
            case ArithmeticException:
                throw new TrapException(TrapKind.IntegerOverflow, exception);
        }

        throw new UnreachableException();
    }

    /// <summary>What may cross guest frames in place of what a host function threw; see <see cref="Rethrow"/>.</summary>
    public static HostFault Wrap(Exception exception) => new(ExceptionDispatchInfo.Capture(exception));

    /// <summary>Throws <see cref="Wrap"/>.</summary>
    [DoesNotReturn]
    public static void ThrowFromHost(Exception exception) => throw Wrap(exception);

    /// <summary>Checks a reference that a host function returns, when its type is more than externref.</summary>
    public static object? CheckResult(object? reference, Runtime.HostContext context, int result)
    {
        var type = context.Type.Function!.Results[result];
        if (!ValueChecks.ReferenceFits(reference, type))
        {
            throw new InvalidCastException($"A host function returned {reference ?? "null"} where its type says {type}.");
        }

        return ValueChecks.IsForeign(reference, type, context.Store)
            ? throw new InvalidCastException($"A host function returned {reference} of another store.")
            : reference;
    }
}

/// <summary>Carries an exception of a host function through guest frames.</summary>
internal sealed class HostFault(ExceptionDispatchInfo original) : Exception
{
    public ExceptionDispatchInfo Original { get; } = original;
}
