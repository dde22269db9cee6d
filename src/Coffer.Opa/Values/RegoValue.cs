using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Coffer.Opa.Values;

/// <summary>
/// A value of Rego: what JSON has, and sets; keys of objects may be any value. Immutable, compared by content, and ordered
/// as Rego orders values: null, booleans, numbers, strings, arrays, objects, sets.
/// </summary>
public abstract class RegoValue : IEquatable<RegoValue>, IComparable<RegoValue>
{
    private protected RegoValue()
    {
    }

    /// <summary>The name of the type, as <c>type_name</c> gives it.</summary>
    public abstract string TypeName { get; }

    /// <summary>Where the type stands in the order of all values.</summary>
    private protected abstract int Rank { get; }

    /// <summary>Reads JSON, or the notation of Rego with sets and keys of any type.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static RegoValue Parse(string text) => RegoReader.Read(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads UTF-8 of JSON, or the notation of Rego with sets and keys of any type.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static RegoValue Parse(ReadOnlySpan<byte> utf8) => RegoReader.Read(utf8);

    /// <summary>The value as JSON: sets become arrays, and keys that are no strings become their own JSON.</summary>
    public string ToJson() => RegoWriter.WriteText(this, RegoNotation.Json);

    /// <summary>The value as UTF-8 of JSON; see <see cref="ToJson"/>.</summary>
    public byte[] ToJsonBytes() => RegoWriter.Write(this, RegoNotation.Json);

    /// <summary>The value as UTF-8 of JSON in many lines, for people.</summary>
    public byte[] ToIndentedJsonBytes() => RegoIndenter.Write(this);

    /// <summary>The value in the notation of Rego.</summary>
    public override string ToString() => RegoWriter.WriteText(this, RegoNotation.Rego);

    /// <inheritdoc/>
    public int CompareTo(RegoValue? other)
    {
        if (other is null) return 1;
        return Rank != other.Rank ? Rank.CompareTo(other.Rank) : CompareSame(other);
    }

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] RegoValue? other) =>
        ReferenceEquals(this, other) || (other is not null && CompareTo(other) == 0);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RegoValue);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    private protected abstract int CompareSame(RegoValue other);

    private protected static int CompareAll(IReadOnlyList<RegoValue> left, IReadOnlyList<RegoValue> right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < left.Count && i < right.Count; i++)
        {
            var order = left[i].CompareTo(right[i]);
            if (order != 0) return order;
        }

        return left.Count.CompareTo(right.Count);
    }

    /// <summary>Whether two values are equal.</summary>
    public static bool operator ==(RegoValue? left, RegoValue? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Whether two values differ.</summary>
    public static bool operator !=(RegoValue? left, RegoValue? right) => !(left == right);

    /// <summary>Whether one value comes before another.</summary>
    public static bool operator <(RegoValue left, RegoValue right) => left.CompareTo(right) < 0;

    /// <summary>Whether one value comes after another.</summary>
    public static bool operator >(RegoValue left, RegoValue right) => left.CompareTo(right) > 0;

    /// <summary>Whether one value does not come after another.</summary>
    public static bool operator <=(RegoValue left, RegoValue right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one value does not come before another.</summary>
    public static bool operator >=(RegoValue left, RegoValue right) => left.CompareTo(right) >= 0;

    /// <summary>A string.</summary>
    public static implicit operator RegoValue(string text) => new RegoString(text);

    /// <summary>A boolean.</summary>
    public static implicit operator RegoValue(bool value) => RegoBoolean.Of(value);

    /// <summary>A number.</summary>
    public static implicit operator RegoValue(long value) => RegoNumber.Of(value);
}

/// <summary>The value null.</summary>
public sealed class RegoNull : RegoValue
{
    private RegoNull()
    {
    }

    /// <summary>The one null.</summary>
    public static RegoNull Value { get; } = new();

    /// <inheritdoc/>
    public override string TypeName => "null";

    private protected override int Rank => 0;

    /// <inheritdoc/>
    public override int GetHashCode() => 1;

    private protected override int CompareSame(RegoValue other) => 0;
}

/// <summary>True or false.</summary>
public sealed class RegoBoolean : RegoValue
{
    private RegoBoolean(bool value) => Value = value;

    /// <summary>The value true.</summary>
    public static RegoBoolean True { get; } = new(true);

    /// <summary>The value false.</summary>
    public static RegoBoolean False { get; } = new(false);

    /// <summary>Which of the two.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override string TypeName => "boolean";

    private protected override int Rank => 1;

    /// <summary>The value for a boolean.</summary>
    public static RegoBoolean Of(bool value) => value ? True : False;

    /// <inheritdoc/>
    public override int GetHashCode() => Value ? 3 : 2;

    private protected override int CompareSame(RegoValue other) => Value.CompareTo(((RegoBoolean)other).Value);
}

/// <summary>A string.</summary>
public sealed class RegoString(string value) : RegoValue
{
    /// <summary>The text.</summary>
    public string Value { get; } = value;

    /// <inheritdoc/>
    public override string TypeName => "string";

    private protected override int Rank => 3;

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);

    // By the bytes of UTF-8, which is the order of the code points and not that of UTF-16.
    private protected override int CompareSame(RegoValue other)
    {
        var (left, right) = (Value, ((RegoString)other).Value);
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length.CompareTo(right.Length);
        var (a, b) = (left[common], right[common]);
        var isSurrogateFirst = char.IsSurrogate(a);
        return isSurrogateFirst != char.IsSurrogate(b) ? (isSurrogateFirst ? 1 : -1) : a.CompareTo(b);
    }
}
