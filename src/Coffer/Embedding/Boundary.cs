using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Coffer.Embedding;

/// <summary>
/// Where exceptions cross between host and guest. Hardware faults of guest code reach the host as CLR exceptions that
/// a host function could throw just as well; so the latter travel through guest frames in a wrapper.
/// </summary>
internal static class Boundary
{
    /// <summary>Called with whatever a guest call threw: leaves the store and throws what the host shall see.</summary>
    [DoesNotReturn]
    public static void Rethrow(Exception exception, Store store)
    {
        store.Exit();
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

        ExceptionDispatchInfo.Throw(exception);
    }

    /// <summary>Called with whatever a host function threw: throws what may cross guest frames.</summary>
    [DoesNotReturn]
    public static void ThrowFromHost(Exception exception)
    {
        if (exception is NullReferenceException or ArithmeticException) throw new HostFault(ExceptionDispatchInfo.Capture(exception));
        ExceptionDispatchInfo.Throw(exception);
    }

    /// <summary>Checks a reference that a host function returns, when its type is more than externref.</summary>
    public static object? CheckResult(object? reference, Runtime.HostContext context, int result)
    {
        var type = context.Type.Function!.Results[result];
        return ValueChecks.ReferenceFits(reference, type)
            ? reference
            : throw new InvalidCastException($"A host function returned {reference ?? "null"} where its type says {type}.");
    }
}

/// <summary>Carries an exception of a host function through guest frames.</summary>
internal sealed class HostFault(ExceptionDispatchInfo original) : Exception
{
    public ExceptionDispatchInfo Original { get; } = original;
}
