using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Coffer.Stores;

/// <summary>
/// A value that only who asks for it by <see cref="Reveal"/> sees: not <see cref="ToString"/>, not a debugger's overview,
/// not a serializer, not an error of this library.
/// </summary>
[DebuggerDisplay("a secret")]
[JsonConverter(typeof(Converter))]
public sealed class Secret : IEquatable<Secret>
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly byte[] value;

    /// <summary>A secret.</summary>
    /// <param name="value">Its value, which is copied.</param>
    public Secret(ReadOnlySpan<byte> value) => this.value = value.ToArray();

    /// <summary>The value. Do not log it.</summary>
    public ReadOnlySpan<byte> Reveal() => value;

    /// <summary>Compares in a time that does not depend on where the values differ.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(Secret? other) => other is not null && CryptographicOperations.FixedTimeEquals(value, other.value);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <summary>The same for all secrets, since a hash would tell of the value.</summary>
    public override int GetHashCode() => 0;

    /// <summary>Says that it is a secret, and nothing of its value.</summary>
    public override string ToString() => "(secret)";

    private sealed class Converter : JsonConverter<Secret>
    {
        public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("secrets are not read from JSON by a serializer");

        public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
