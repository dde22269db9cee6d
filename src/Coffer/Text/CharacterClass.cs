namespace Coffer.Text;

/// <summary>The classes of bytes that tokens are made of (specification, sections 6.2 and 6.3).</summary>
[Flags]
internal enum CharacterClass : byte
{
    None = 0,
    /// <summary>Space, tab, line feed, carriage return.</summary>
    Space = 1,
    /// <summary>A character of identifiers and keywords.</summary>
    Identifier = 2,
    /// <summary>Comma, semicolon, brackets and braces: parts of reserved tokens only.</summary>
    Punctuation = 4,
    Digit = 8,
    HexDigit = 16,
}

/// <summary>Which classes each byte belongs to.</summary>
internal static class CharacterClasses
{
    private static readonly CharacterClass[] Table = Build();

    public static bool Is(byte value, CharacterClass classes) => (Table[value] & classes) != 0;

    /// <summary>The value of a hexadecimal digit.</summary>
    public static int HexValue(byte digit) => digit switch
    {
        >= (byte)'a' => digit - 'a' + 10,
        >= (byte)'A' => digit - 'A' + 10,
        _ => digit - '0',
    };

    private static CharacterClass[] Build()
    {
        var table = new CharacterClass[256];
        for (var c = 0x21; c < 0x7F; c++)
        {
            if (char.IsAsciiLetterOrDigit((char)c) || "!#$%&'*+-./:<=>?@\\^_`|~".Contains((char)c))
            {
                table[c] = CharacterClass.Identifier;
            }

            if (char.IsAsciiDigit((char)c)) table[c] |= CharacterClass.Digit;
            if (char.IsAsciiHexDigit((char)c)) table[c] |= CharacterClass.HexDigit;
        }

        foreach (var c in ",;[]{}") table[c] = CharacterClass.Punctuation;
        foreach (var c in " \t\n\r") table[c] = CharacterClass.Space;
        return table;
    }
}
