namespace Coffer.Text;

/// <summary>An import of a group.</summary>
/// <param name="Name">The token of its name.</param>
/// <param name="Type">The left parenthesis of its type.</param>
/// <param name="IsShared">Whether the type belongs to the whole group, which rules out an identifier.</param>
internal readonly record struct ImportItem(int Name, int Type, bool IsShared);

/// <summary>
/// Groups of imports: <c>(import "m" (item "a" type)*)</c> and <c>(import "m" (item "a")* type)</c>.
/// </summary>
internal static class CompactImports
{
    /// <summary>Reads the items up to the right parenthesis of the import.</summary>
    public static List<ImportItem> Read(TokenReader reader)
    {
        var items = new List<ImportItem>();
        var withoutType = 0;
        while (reader.TryOpen("item"u8))
        {
            var name = reader.Position;
            reader.ReadName();
            var type = reader.Position;
            if (reader.Kind == TokenKind.LeftParen) reader.SkipGroup(type);
            else withoutType++;
            items.Add(new ImportItem(name, type, IsShared: false));
            reader.ExpectClose();
        }

        if (withoutType == 0) return items;

        // All of them have the type that follows.
        var shared = reader.Position;
        if (reader.Kind != TokenKind.LeftParen || withoutType != items.Count) reader.ThrowUnexpected();
        reader.SkipGroup(shared);
        return items.ConvertAll(item => new ImportItem(item.Name, shared, IsShared: true));
    }
}
