using System.Text.Unicode;
using Coffer.Binary;

namespace Coffer.Text;

/// <summary>
/// The annotations in a module (specification, appendix, section 7.6). Those that name something or hint at a branch
/// are claimed by what follows them; what nobody claims is misplaced.
/// </summary>
internal sealed class AnnotationSet
{
    private const string Hint = "@metadata.code.branch_hint annotation: ";

    private readonly TokenReader reader;
    private readonly TokenList tokens;
    private readonly List<Annotation> annotations = [];
    private readonly HashSet<Annotation> claimed = [];

    public AnnotationSet(TokenReader reader)
    {
        this.reader = reader;
        tokens = reader.Tokens;
        foreach (var annotation in tokens.Annotations)
        {
            if (annotation.Anchor >= reader.Position && annotation.Anchor <= reader.End) annotations.Add(annotation);
        }
    }

    public bool IsEmpty => annotations.Count == 0;

    /// <summary>The name that a <c>@name</c> before the token gives, or null.</summary>
    public byte[]? ClaimName(int anchor, string what = "name") =>
        TryClaim(AnnotationKind.Name, anchor, "@name annotation: multiple " + what, out var annotation)
            ? ReadOnlyString(annotation, "@name annotation: ", mustBeUtf8: true)
            : null;

    /// <summary>The hint before an instruction: 0 unlikely, 1 likely, -1 none.</summary>
    public int ClaimHint(int anchor)
    {
        if (!TryClaim(AnnotationKind.BranchHint, anchor, Hint + "duplicate annotation", out var annotation)) return -1;
        var value = ReadOnlyString(annotation, Hint, mustBeUtf8: false);
        if (value is not [0 or 1]) tokens.Source.Throw(annotation.Start, Hint + "invalid value for branch hint");
        return value[0];
    }

    /// <summary>
    /// The custom sections; they may stand only before the given tokens, which begin fields or end the module.
    /// </summary>
    public List<CustomSectionText> ReadCustomSections(HashSet<int> fieldStarts)
    {
        var sections = new List<CustomSectionText>();
        foreach (var annotation in annotations)
        {
            if (annotation.Kind != AnnotationKind.Custom) continue;
            if (!fieldStarts.Contains(annotation.Anchor))
            {
                tokens.Source.Throw(annotation.Start, "misplaced @custom annotation");
            }

            claimed.Add(annotation);
            sections.Add(new CustomAnnotationParser(tokens, annotation).Parse());
        }

        return sections;
    }

    /// <summary>Complains about the first annotation that nothing claimed.</summary>
    public void CheckClaimed(Func<int, bool> isInFunction)
    {
        foreach (var annotation in annotations)
        {
            if (claimed.Contains(annotation)) continue;
            tokens.Source.Throw(
                annotation.Start,
                annotation.Kind != AnnotationKind.BranchHint ? "misplaced @name annotation"
                : isInFunction(annotation.Anchor) ? Hint + "must precede an instruction"
                : Hint + "not in a function");
        }
    }

    private bool TryClaim(AnnotationKind kind, int anchor, string duplicate, out Annotation found)
    {
        found = default;
        if (annotations.Count == 0) return false;
        var isFound = false;
        for (var i = FirstAt(anchor); i < annotations.Count && annotations[i].Anchor == anchor; i++)
        {
            if (annotations[i].Kind != kind) continue;
            if (isFound) tokens.Source.Throw(annotations[i].Start, duplicate);
            found = annotations[i];
            claimed.Add(found);
            isFound = true;
        }

        return isFound;
    }

    // The first annotation whose anchor is not before this one.
    private int FirstAt(int anchor)
    {
        var (low, high) = (0, annotations.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (annotations[middle].Anchor < anchor) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private byte[] ReadOnlyString(Annotation annotation, string prefix, bool mustBeUtf8)
    {
        var first = tokens.AnnotationTokens[annotation.First];
        if (annotation.End != annotation.First + 1 || first.Kind != TokenKind.String)
        {
            tokens.Source.Throw(annotation.Start, prefix + "unexpected token, expected a string");
        }

        var content = new WasmWriter();
        StringLiteral.Decode(tokens.Text(first), content);
        if (mustBeUtf8 && !Utf8.IsValid(content.Written))
        {
            tokens.Source.Throw(annotation.Start, prefix + "malformed UTF-8 encoding");
        }

        return content.ToArray();
    }
}
