using Coffer.Binary;

namespace Coffer.Text;

/// <summary>Prints the custom sections that nothing else in the text gives.</summary>
internal sealed class CustomSectionPrinter(ModuleDefinition module, TextOutput output)
{
    private const int BytesPerLine = 64;

    /// <summary>
    /// All but the first name section and the first branch hints, which appear as names and annotations.
    /// </summary>
    public void WriteAll()
    {
        HashSet<string> shownElsewhere = ["name", "metadata.code.branch_hint"];
        foreach (var section in module.CustomSections)
        {
            if (shownElsewhere.Remove(section.Name)) continue;
            output.NewLine();
            output.Write("(@custom ");
            output.WriteName(section.Name);
            output.Write($" {PlaceOf((SectionId)section.After)}");
            WriteContent(module.Bytes.Span.Slice(section.Content.Offset, section.Content.Length));
            output.Write(')');
        }
    }

    /// <summary>Bytes as string literals, on lines of their own if there are many.</summary>
    public void WriteContent(ReadOnlySpan<byte> content)
    {
        output.Indentation++;
        var isLong = content.Length > BytesPerLine;
        do
        {
            var line = content[..Math.Min(content.Length, BytesPerLine)];
            if (isLong) output.NewLine();
            else output.Write(' ');
            output.WriteBytes(line);
            content = content[line.Length..];
        }
        while (!content.IsEmpty);
        output.Indentation--;
    }

    private static string PlaceOf(SectionId after) => after switch
    {
        SectionId.Type => "(after type)",
        SectionId.Import => "(after import)",
        SectionId.Function => "(after func)",
        SectionId.Table => "(after table)",
        SectionId.Memory => "(after memory)",
        SectionId.Tag => "(after tag)",
        SectionId.Global => "(after global)",
        SectionId.Export => "(after export)",
        SectionId.Start => "(after start)",
        SectionId.Element => "(after elem)",
        SectionId.DataCount => "(after datacount)",
        SectionId.Code => "(after code)",
        SectionId.Data => "(after data)",
        _ => "(before first)",
    };
}
