using System.Globalization;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Manifests;

/// <summary>
/// How one setting that is not a grant is written: as an option of the command and as a value in a manifest, both of
/// the same text. The command line, the manifest, its schema and messages are driven by lists of these.
/// </summary>
/// <typeparam name="T">What the setting is part of; immutable.</typeparam>
/// <param name="Option">The option, such as <c>--max-handles</c>.</param>
/// <param name="ManifestKey">The name in its section, such as <c>handles</c>.</param>
/// <param name="Form">The form of the text, such as <c>count</c>; empty for an option that takes none.</param>
/// <param name="Description">What it does, for help and for the schema.</param>
/// <param name="Shape">What it may be in JSON.</param>
/// <param name="Read">
/// The same with the setting as a text says; throws <see cref="FormatException"/> with what would be right.
/// </param>
/// <param name="Format">The text that is read as this setting; null when it is not set.</param>
public sealed record SettingSyntax<T>(
    string Option, string ManifestKey, string Form, string Description, SettingShape Shape,
    Func<T, string, T> Read, Func<T, string?> Format);

/// <summary>What a setting may be in JSON.</summary>
[Flags]
public enum SettingShape
{
    /// <summary>A string.</summary>
    Text = 1,
    /// <summary>A whole number that is not negative.</summary>
    Number = 2,
    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag = 4,
}

/// <summary>The forms that settings have in common.</summary>
internal static class SettingForms
{
    /// <summary>The text of a setting that bounds nothing.</summary>
    public const string Unlimited = "unlimited";

    /// <summary>Reads a number of bytes, or of other things.</summary>
    public static long ReadCount(string text, bool isBytes, long maximum = long.MaxValue)
    {
        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || (isBytes && ByteSize.TryParse(text, out value));
        if (isNumber && value <= maximum) return value;
        var expected = isBytes ? "size; write 65536, 64KiB, 16MiB or 2GiB" : $"number from 0 to {maximum}";
        throw new FormatException($"\"{text}\" is no {expected}");
    }

    /// <summary>The text of a number.</summary>
    public static string? FormatCount(long? value, bool isBytes) => value is not { } number
        ? null
        : isBytes ? ByteSize.Format(number) : number.ToString(CultureInfo.InvariantCulture);
}
