using System.Reflection.Metadata;

namespace Coffer.Compilation;

/// <summary>
/// Emits what bounds the time of a guest: the polls of loops, and the charge of fuel.
/// <para>
/// Fuel is counted in a local, downwards from <see cref="Slice"/>. What was counted there is taken from the store ("settled")
/// where a loop has used up a slice and where the function ends; so straight code and most rounds of loops touch no memory
/// for it. And the local is only written where paths of different length meet: each label has the number of instructions that
/// are <see cref="pending"/> there, which the first path to it decides, and every other path writes what it differs by.
/// </para>
/// </summary>
internal sealed class Metering(FunctionCompiler compiler)
{
    // How much a function runs until it settles: a guest may run so much longer than it has fuel, and what a trap leaves
    // unsettled is not charged. A microsecond or two, and so long that settling does not show.
    private const int Slice = 16_384;

    // Instructions that have run when the code gets here, and that the local does not know of.
    private int pending;

    // The local that counts, or -1.
    private int left = -1;

    private bool IsMetered => compiler.Options.ConsumeFuel && !compiler.Validator.IsConstant;

    /// <summary>Begins a method.</summary>
    public void Clear()
    {
        left = -1;
        pending = 0;
    }

    /// <summary>Counts an instruction.</summary>
    public void Count() => pending++;

    /// <summary>What is pending here; for code that is written elsewhere.</summary>
    public int Pending => pending;

    /// <summary>Before a branch to a label, or in front of it: makes what is pending the same as on the other paths to it.</summary>
    /// <param name="atLabel">What is pending at the label; -1 if this is the first path.</param>
    /// <returns>What is pending at the label.</returns>
    public int Meet(int atLabel)
    {
        if (!IsMetered) return 0;
        if (atLabel < 0) return pending;
        if (pending != atLabel) CountNow(pending - atLabel);
        return pending = atLabel;
    }

    /// <summary>Whether <see cref="Meet"/> would emit nothing.</summary>
    public bool IsMet(int atLabel) => !IsMetered || atLabel < 0 || atLabel == pending;

    /// <summary>Behind a label, or where code from elsewhere begins: says what is pending there.</summary>
    public void Resume(int atLabel) => pending = atLabel;

    /// <summary>Leaves nothing pending: the code may go on where nobody knows from where it came.</summary>
    public void CountAll()
    {
        if (IsMetered && pending != 0) CountNow(pending);
        pending = 0;
    }

    /// <summary>Charges a whole body at its beginning, in the place of its instructions. Its caller looks whether there was enough.</summary>
    public void ChargeBody(int instructions)
    {
        left = -1;
        if (IsMetered) TakeFromStore(() => compiler.Il.LoadI4(instructions));
    }

    /// <summary>Emits what the beginning of a method needs.</summary>
    public void EmitPrologue(CilWriter prologue)
    {
        if (left < 0) return;
        prologue.LoadI4(Slice);
        prologue.StoreLocal(left);
    }

    /// <summary>
    /// At the beginning of a round of a loop: emits a check whether the guest must stop. The CIL stack is empty. With fuel, an
    /// interruption is only looked for where a slice is used up.
    /// </summary>
    public void BeginRound()
    {
        if (!IsMetered)
        {
            EmitPoll();
            return;
        }

        var il = compiler.Il;
        var skip = il.NewLabel();
        LoadLeft();
        il.LoadI4(0);
        il.Branch(ILOpCode.Bge, skip);
        Take(0);
        EmitFuelCheck();
        EmitPoll();
        il.Mark(skip);
    }

    /// <summary>Emits a check whether the guest was interrupted, where one is wanted.</summary>
    private void EmitPoll()
    {
        if (!compiler.Options.Interruptible || compiler.Validator.IsConstant) return;
        var il = compiler.Il;
        var skip = il.NewLabel();
        compiler.LoadInstance();
        il.Op(ILOpCode.Volatile);
        il.Op(ILOpCode.Ldfld, compiler.Image.Token(Members.Stop));
        compiler.LoadInstance();
        il.Branch(ILOpCode.Bne_un, skip);
        compiler.LoadInstance();
        compiler.Call(Members.Interrupted);
        il.Op(ILOpCode.Throw);
        il.Mark(skip);
    }

    /// <summary>After an instruction that may take long for the fuel of one: loops do not look in each round.</summary>
    public void EndLongInstruction()
    {
        if (!IsMetered) return;
        Settle();
        EmitPoll();
    }

    /// <summary>
    /// Where the function ends or throws, or calls what may not be compiled with fuel: charges what was counted and ends the
    /// guest when there was not enough.
    /// </summary>
    /// <param name="mustCheck">False where a caller or loop will look, because little can have run: no call did.</param>
    public void Settle(bool mustCheck = true)
    {
        if (!IsMetered) return;
        Take(pending);
        pending = 0;
        if (mustCheck) EmitFuelCheck();
    }

    private void EmitFuelCheck()
    {
        var il = compiler.Il;
        var enough = il.NewLabel();
        compiler.LoadInstance();
        compiler.Call(Members.HasFuel);
        il.Branch(ILOpCode.Brtrue, enough);
        compiler.LoadInstance();
        compiler.Call(Members.OutOfFuel);
        il.Op(ILOpCode.Throw);
        il.Mark(enough);
    }

    private void LoadLeft()
    {
        if (left < 0) left = compiler.Temps.Add(CilType.I32);
        compiler.Il.LoadLocal(left);
    }

    private void CountNow(int instructions)
    {
        LoadLeft();
        compiler.Il.LoadI4(instructions);
        compiler.Il.Op(ILOpCode.Sub);
        compiler.Il.StoreLocal(left);
    }

    private void Take(int more)
    {
        var il = compiler.Il;
        TakeFromStore(() =>
        {
            il.LoadI4(Slice + more);
            LoadLeft();
            il.Op(ILOpCode.Sub);
        });
        il.LoadI4(Slice);
        il.StoreLocal(left);
    }

    private void TakeFromStore(Action loadAmount)
    {
        var il = compiler.Il;
        compiler.LoadInstance();
        il.Op(ILOpCode.Ldfld, compiler.Image.Token(Members.Fuel));
        il.Op(ILOpCode.Ldflda, compiler.Image.Token(Members.FuelLeft));
        il.Op(ILOpCode.Dup);
        il.Op(ILOpCode.Ldind_i8);
        loadAmount();
        il.Op(ILOpCode.Conv_i8);
        il.Op(ILOpCode.Sub);
        il.Op(ILOpCode.Stind_i8);
    }
}
