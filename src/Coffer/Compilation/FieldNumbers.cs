namespace Coffer.Compilation;

/// <summary>A number for each field of the instance class; 0 for those that were given none.</summary>
internal sealed class FieldNumbers
{
    private readonly int[]?[] numbers = new int[]?[(int)FieldKind.Tag + 1];

    /// <summary>The number of a field, which may be set; valid until the next field is asked for.</summary>
    public ref int Of(FieldKind kind, int index)
    {
        var ofKind = numbers[(int)kind] ?? [];
        if (index >= ofKind.Length)
        {
            Array.Resize(ref ofKind, Math.Max(index + 1, ofKind.Length * 2));
            numbers[(int)kind] = ofKind;
        }

        return ref ofKind[index];
    }

    /// <summary>Gives none a number.</summary>
    public void Clear()
    {
        foreach (var ofKind in numbers) Array.Clear(ofKind ?? []);
    }
}
