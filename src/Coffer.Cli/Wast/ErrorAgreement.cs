namespace Coffer.Cli.Wast;

/// <summary>Whether an error is the one that a script expects.</summary>
internal static class ErrorAgreement
{
    // What wasmtime's scripts say, and the specification's words for it.
    private static readonly (string Theirs, string Ours)[] Synonyms =
    [
        ("out of bounds", "undefined element"),
        ("undefined element", "out of bounds table access"),
        ("atomic wait on non-shared memory", "expected shared memory"),
        ("null reference", "null array reference"),
        ("null reference", "null structure reference"),
        ("null reference", "null i31 reference"),
    ];

    /// <summary>What is wrong with the error, or null.</summary>
    /// <typeparam name="TException">The kind of error that the directive stands for.</typeparam>
    public static string? Check<TException>(CofferException error, string message, ScriptDialect dialect)
        where TException : CofferException
    {
        if (error is not TException && !IsTolerated<TException>(error, dialect))
        {
            return $"expected {typeof(TException).Name} \"{message}\", got {error.GetType().Name}: {error.Message}";
        }

        return Agrees(error, message, dialect) ? null : $"expected \"{message}\", got \"{error.Message}\"";
    }

    private static bool IsTolerated<TException>(CofferException error, ScriptDialect dialect) => dialect switch
    {
        ScriptDialect.ValidationOnly => error is MalformedException or InvalidException or ExhaustionException,

        // An active segment that does not fit was a link error before bulk memory operations.
        ScriptDialect.Wasmtime => error is ExhaustionException
            || typeof(TException) == typeof(LinkException) && error is TrapException,
        _ => false,
    };

    /// <summary>
    /// Traps must say what the suite says. Words for static errors differ between implementations and editions, so for
    /// those only the kind of error counts.
    /// </summary>
    private static bool Agrees(CofferException error, string message, ScriptDialect dialect)
    {
        if (error is not TrapException) return true;
        if (error.Message.StartsWith(message, StringComparison.Ordinal)) return true;
        if (message.StartsWith(error.Message, StringComparison.Ordinal)) return true;
        if (dialect != ScriptDialect.Wasmtime) return false;
        return error.Message.Contains(message, StringComparison.Ordinal)
            || Synonyms.Any(words => message == words.Theirs && error.Message == words.Ours);
    }
}
