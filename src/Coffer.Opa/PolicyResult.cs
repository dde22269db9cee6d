using System.Text;
using Coffer.Opa.Values;

namespace Coffer.Opa;

/// <summary>What an evaluation gave. Immutable.</summary>
public sealed class PolicyResult
{
    // What most policies answer, which nobody needs to read again.
    private static readonly PolicyResult True = new("[{\"result\":true}]"u8.ToArray(), []);
    private static readonly PolicyResult False = new("[{\"result\":false}]"u8.ToArray(), []);
    private static readonly PolicyResult Undefined = new("[]"u8.ToArray(), []);
    private readonly byte[] answer;
    private RegoValue? value;
    private volatile bool isRead;

    private PolicyResult(byte[] answer, IReadOnlyList<string> builtinErrors)
    {
        this.answer = answer;
        BuiltinErrors = builtinErrors;
    }

    /// <summary>The value of the entrypoint; null when it is undefined.</summary>
    /// <exception cref="PolicyException">The policy answered with what is no set of results.</exception>
    public RegoValue? Value
    {
        get
        {
            if (isRead) return value;
            value = Read(answer);
            isRead = true;
            return value;
        }
    }

    /// <summary>Whether the entrypoint has a value.</summary>
    public bool IsDefined => Value is not null;

    /// <summary>Whether the value is <c>true</c>, and nothing else.</summary>
    public bool IsTrue => ReferenceEquals(this, True) || Value is RegoBoolean { Value: true };

    /// <summary>Failures of builtins that made their calls undefined, as <c>name: message</c>.</summary>
    public IReadOnlyList<string> BuiltinErrors { get; }

    /// <summary>The set of results as the policy wrote it: <c>[{"result":…}]</c>, or <c>[]</c> when undefined.</summary>
    public string ResultSet => Encoding.UTF8.GetString(answer);

    internal static PolicyResult Of(ReadOnlySpan<byte> answer, IReadOnlyList<string> builtinErrors)
    {
        if (builtinErrors.Count == 0)
        {
            if (answer.SequenceEqual(True.answer)) return True;
            if (answer.SequenceEqual(False.answer)) return False;
            if (answer.SequenceEqual(Undefined.answer)) return Undefined;
        }

        return new(answer.ToArray(), builtinErrors);
    }

    private static RegoValue? Read(byte[] answer)
    {
        RegoValue results;
        try
        {
            results = RegoValue.Parse(answer);
        }
        catch (FormatException exception)
        {
            throw new PolicyException(
                PolicyErrorKind.NotAPolicy, $"the policy's answer cannot be read: {exception.Message}", exception);
        }

        // Policies of the first ABI give the set of bindings itself.
        var first = results is IReadOnlyList<RegoValue> { Count: > 0 } solutions ? solutions[0] : null;
        return first is RegoObject bindings ? bindings["result"] ?? (bindings.Count > 0 ? bindings[0].Value : null) : null;
    }
}
