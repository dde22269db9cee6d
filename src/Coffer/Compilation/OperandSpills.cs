using Coffer.Images;
using Coffer.Validation;

namespace Coffer.Compilation;

/// <summary>
/// Which operands are in temporaries ("spilled") and which on the CIL stack: those below a boundary are spilled. The
/// operands of the innermost block are either all on the stack, or all spilled. A temporary that stays taken when its
/// operand is reloaded is kept as its complement.
/// </summary>
internal sealed class OperandSpills(FunctionValidator validator, CilWriter il, Temporaries temps, OperandNotes notes)
{
    private int[] places = new int[64];
    private int spilled;

    /// <summary>Begins a method.</summary>
    public void Clear() => spilled = 0;

    /// <summary>How many operands are on the CIL stack.</summary>
    public int OnStack => validator.Count - spilled;

    /// <summary>Whether the operands of the innermost block are in temporaries.</summary>
    public bool TopIsSpilled => spilled > validator.Top.Height;

    /// <summary>Moves all operands into temporaries, so that the CIL stack is empty.</summary>
    public void SpillAll()
    {
        var count = validator.Count;
        Reserve(count);
        for (var i = count - 1; i >= spilled; i--)
        {
            var temp = temps.Take(CilTypes.Of(validator.Operand(i)));
            il.StoreLocal(temp);
            places[i] = temp;
        }

        spilled = Math.Max(spilled, count);
    }

    /// <summary>Returns the operands of the innermost block to the CIL stack.</summary>
    public void Reload()
    {
        if (spilled == 0) return;
        var height = validator.Top.Height;
        if (spilled <= height) return;
        var top = Math.Min(spilled, validator.Count);
        for (var i = height; i < top; i++)
        {
            Load(places[i]);
            notes.Set(i, 1, OperandOrigin.Elsewhere);
        }

        spilled = height;
    }

    /// <summary>Loads a spilled top operand alone, for a consumer that spills the rest anyway.</summary>
    public void ReloadTop() => Load(places[--spilled]);

    private void Load(int temp)
    {
        il.LoadLocal(temp >= 0 ? temp : ~temp);
        if (temp >= 0) temps.Free(temp);
    }

    /// <summary>The temporary of a spilled operand; it stays taken when the operand is reloaded.</summary>
    public int Keep(int operand)
    {
        var temp = places[operand];
        if (temp >= 0) places[operand] = ~temp;
        return temp >= 0 ? temp : ~temp;
    }

    /// <summary>Forgets spilled operands above <paramref name="height"/>.</summary>
    public void Drop(int height)
    {
        for (var i = height; i < spilled; i++)
        {
            if (places[i] >= 0) temps.Free(places[i]);
        }

        spilled = Math.Min(spilled, height);
    }

    /// <summary>Says that the operands from <paramref name="height"/> on are in <paramref name="locals"/>.</summary>
    public void Set(int height, int[] locals, bool keep)
    {
        Reserve(height + locals.Length);
        for (var i = 0; i < locals.Length; i++) places[height + i] = keep ? ~locals[i] : locals[i];
        spilled = height + locals.Length;
    }

    /// <summary>Says that operands above <paramref name="height"/> are on the CIL stack.</summary>
    public void SetOnStack(int height) => spilled = height;

    private void Reserve(int count)
    {
        if (count > places.Length) Array.Resize(ref places, Math.Max(count, places.Length * 2));
    }
}
