using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// <c>(@custom "name" (before|after section)? "content"*)</c> (specification, appendix, section 7.6.3).
/// </summary>
internal sealed class CustomAnnotationParser(TokenList tokens, Annotation annotation)
{
    private static readonly (string Word, SectionId Section)[] Sections =
    [
        ("type", SectionId.Type), ("import", SectionId.Import), ("func", SectionId.Function),
        ("table", SectionId.Table), ("memory", SectionId.Memory), ("tag", SectionId.Tag),
        ("global", SectionId.Global), ("export", SectionId.Export), ("start", SectionId.Start),
        ("elem", SectionId.Element), ("datacount", SectionId.DataCount), ("code", SectionId.Code),
        ("data", SectionId.Data),
    ];

    private int position = annotation.First;

    private Token Current => tokens.AnnotationTokens[position];

    public CustomSectionText Parse()
    {
        if (Current.Kind != TokenKind.String) Throw("missing section name");
        var name = ReadStrings(atMost: 1);
        if (!Utf8.IsValid(name)) Throw("malformed UTF-8 encoding");
        var place = Current.Kind == TokenKind.LeftParen ? ReadPlace() : CustomPlace.Last;
        var content = ReadStrings(atMost: int.MaxValue);
        if (position != annotation.End) Throw("unexpected token");
        return new CustomSectionText(name, place, content);
    }

    private byte[] ReadStrings(int atMost)
    {
        var content = new WasmWriter();
        for (; atMost > 0 && Current.Kind == TokenKind.String; atMost--, position++)
        {
            StringLiteral.Decode(tokens.Text(Current), content);
        }

        return content.ToArray();
    }

    private CustomPlace ReadPlace()
    {
        position++;
        var isAfter = IsWord("after"u8);
        if (!isAfter && !IsWord("before"u8)) Throw("malformed placement");
        position++;
        var place = ReadSection(isAfter);
        position++;
        if (Current.Kind != TokenKind.RightParen) Throw("unexpected token");
        position++;
        return place;
    }

    private CustomPlace ReadSection(bool isAfter)
    {
        if (!isAfter && IsWord("first"u8)) return CustomPlace.First;
        if (isAfter && IsWord("last"u8)) return CustomPlace.Last;
        foreach (var (word, section) in Sections)
        {
            if (IsWord(System.Text.Encoding.ASCII.GetBytes(word))) return new CustomPlace(isAfter, section);
        }

        Throw("malformed section kind");
        return default;
    }

    private bool IsWord(ReadOnlySpan<byte> word) =>
        Current.Kind == TokenKind.Keyword && tokens.Text(Current).SequenceEqual(word);

    [DoesNotReturn]
    private void Throw(string message) => tokens.Source.Throw(annotation.Start, "@custom annotation: " + message);
}
