using System.Reflection.Metadata;
using Coffer.Images;
using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>
/// Emits what bounds the time of a guest: the polls of loops, and the charge of fuel.
/// <para>
/// Fuel is counted in a local. What was counted there is taken from the store ("settled") where a loop has used up a
/// <see cref="Slice"/> and where the function ends; so straight code and most rounds of loops touch no memory for it. And the
/// local is only written where paths of different length meet: each label has the number of instructions that are
/// <see cref="pending"/> there, which the first path to it decides, and every other path writes what it differs by.
/// </para>
/// <para>
/// A small function that always runs the same number of instructions counts nothing: its callers do (<see cref="StraightBodies"/>).
/// </para>
/// </summary>
internal sealed class Metering(FunctionCompiler compiler)
{
    private readonly StraightBodies straight = new(compiler.Module, compiler.Options.Features);

    // How much a function runs until it settles: a guest may run so much longer than it has fuel, and what a trap leaves
    // unsettled is not charged. A microsecond or two, and so long that settling does not show.
    private const int Slice = 16_384;

    // Instructions that have run when the code gets here, and that the local does not know of.
    private int pending;

    // The local that counts, from minus a slice on (whether it is used up is the sign then, which an addition tells by itself), and
    // one for what is left in the store; or -1.
    private int used = -1, left = -1;

    // Whether this is a body that its callers count.
    private bool isCounted;

    // Whether the method calls what may have run for long when it returns; of the calls so far.
    private bool callsOthers;

    private bool IsMetered => compiler.Options.ConsumeFuel && !isCounted && !compiler.Validator.IsConstant;

    /// <summary>Begins a method.</summary>
    /// <param name="function">The function; -1 for other methods.</param>
    public void Begin(int function)
    {
        used = left = -1;
        pending = 0;
        callsOthers = false;
        isCounted = compiler.Options.ConsumeFuel && straight.InstructionsOf(function) > 0;
    }

    /// <summary>Counts an instruction.</summary>
    public void Count() => pending++;

    /// <summary>Before a direct call: counts what the function does not count itself.</summary>
    public void CountCall(int function)
    {
        if (!IsMetered) return;
        var instructions = straight.InstructionsOf(function);
        if (instructions > 0) pending += instructions;
        else callsOthers = true;
    }

    /// <summary>Before any other call.</summary>
    public void CountCall() => callsOthers = true;

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
        used = left = -1;
        pending = instructions;
        Settle(mustCheck: false);
    }

    /// <summary>Emits what the beginning of a method needs.</summary>
    public void EmitPrologue(CilWriter prologue)
    {
        if (used < 0) return;
        prologue.LoadI8(-Slice);
        prologue.StoreLocal(used);
    }

    /// <summary>
    /// Marks the label of a loop and emits a check whether the guest must stop. The CIL stack is empty. With fuel, an interruption
    /// is only looked for where a slice is used up.
    /// </summary>
    /// <returns>The label of a round without the check, for <see cref="NextRound"/>; -1 when each round begins with it.</returns>
    public int BeginLoop(int label)
    {
        var il = compiler.Il;
        if (!IsMetered)
        {
            il.Mark(label);
            EmitPoll();
            return -1;
        }

        // What was counted in an earlier round must be taken where this one calls a host function.
        RequireUsed();
        var round = il.NewLabel();
        if (compiler.BodyBytes <= JitLimits.LargeBody && compiler.TryDepth == 0)
        {
            il.Mark(round);
            compiler.Frame.Trampolines.Add(() =>
            {
                il.Mark(label);
                BranchInSlice(round);
                EndSlice();
                il.Branch(ILOpCode.Br, round);
            });
            return round;
        }

        il.Mark(label);
        BranchInSlice(round);
        if (compiler.BodyBytes > JitLimits.LargeBody) EndSliceByCall();
        else EndSlice();
        il.Mark(round);
        return -1;
    }

    private void EndSlice()
    {
        Take(0);
        EmitFuelCheck(Members.HasFuel);
        EmitPoll();
    }

    /// <summary>
    /// Goes to the next round of a loop. There it looks whether the slice is used up, not at the loop's beginning, and what pays is
    /// behind the body: so rounds do not jump over it, and whoever enters the loop looks for nothing.
    /// </summary>
    /// <param name="label">The loop's label.</param>
    /// <param name="round">What <see cref="BeginLoop"/> returned.</param>
    public void NextRound(int label, int round)
    {
        if (round >= 0) BranchInSlice(round);
        compiler.Il.Branch(ILOpCode.Br, label);
    }

    private void BranchInSlice(int label)
    {
        LoadUsed();
        compiler.Il.LoadI8(0);
        compiler.Il.Branch(ILOpCode.Blt, label);
    }

    /// <summary>The same as a call: few blocks, and the values in registers are lost.</summary>
    private void EndSliceByCall()
    {
        var il = compiler.Il;
        var mayGoOn = il.NewLabel();
        compiler.LoadInstance();
        LoadAmount(0);
        compiler.Call(Members.Method(typeof(GuestInstance), nameof(GuestInstance.EndSlice)));
        il.Branch(ILOpCode.Brtrue, mayGoOn);
        compiler.LoadInstance();
        compiler.Call(Members.Method(typeof(GuestInstance), nameof(GuestInstance.SliceError)));
        il.Op(ILOpCode.Throw);
        il.Mark(mayGoOn);
        il.LoadI8(-Slice);
        il.StoreLocal(used);
    }

    /// <summary>Emits a check whether the guest was interrupted, where one is wanted.</summary>
    private void EmitPoll()
    {
        if (!compiler.Options.Interruptible || compiler.Validator.IsConstant) return;
        var il = compiler.Il;
        var skip = il.NewLabel();
        compiler.LoadInstance();
        il.Op(ILOpCode.Volatile);
        il.Op(ILOpCode.Ldfld, compiler.Fragment.Token(Members.Stop));
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
    /// Where the function ends: charges what was counted. Where it has called nobody, a caller or a loop will look whether that was
    /// there: little can have run.
    /// </summary>
    public void End() => Settle(mustCheck: callsOthers);

    /// <summary>
    /// Whether a function may end inside a loop. With fuel it ends behind its body, where all its calls are known: in a loop, those
    /// further down may have run already.
    /// </summary>
    public bool MayEndInLoops => !IsMetered;

    /// <summary>
    /// Where the function throws, or calls what may not be compiled with fuel: charges what was counted and ends the guest when
    /// there was not enough.
    /// </summary>
    public void Settle() => Settle(mustCheck: true);

    private void Settle(bool mustCheck)
    {
        if (!IsMetered) return;
        Take(pending);
        pending = 0;
        if (mustCheck) EmitFuelCheck(Members.MayGoOn);
    }

    /// <summary>What <see cref="Take"/> left must not be negative, or be paid by other threads.</summary>
    /// <param name="pay">How that is asked.</param>
    private void EmitFuelCheck(System.Reflection.MethodInfo pay)
    {
        var il = compiler.Il;
        var enough = il.NewLabel();
        il.LoadLocal(left);
        il.LoadI8(0);
        il.Branch(ILOpCode.Bge, enough);
        compiler.LoadInstance();
        compiler.Call(pay);
        il.Branch(ILOpCode.Brtrue, enough);
        compiler.LoadInstance();
        compiler.Call(Members.OutOfFuel);
        il.Op(ILOpCode.Throw);
        il.Mark(enough);
    }

    private void RequireUsed()
    {
        if (used < 0) used = compiler.Temps.Add(CilType.I64);
    }

    private void LoadUsed()
    {
        RequireUsed();
        compiler.Il.LoadLocal(used);
    }

    private void CountNow(int instructions)
    {
        LoadUsed();
        compiler.Il.LoadI8(instructions);
        compiler.Il.Op(ILOpCode.Add);
        compiler.Il.StoreLocal(used);
    }

    /// <summary>Takes what was counted, and some more, from the store.</summary>
    private void Take(int more)
    {
        var il = compiler.Il;
        if (left < 0) left = compiler.Temps.Add(CilType.I64);
        compiler.LoadInstance();
        il.Op(ILOpCode.Ldfld, compiler.Fragment.Token(Members.Fuel));
        il.Op(ILOpCode.Dup);
        il.Op(ILOpCode.Ldfld, compiler.Fragment.Token(Members.FuelLeft));
        LoadAmount(more);
        il.Op(ILOpCode.Sub);
        il.Op(ILOpCode.Dup);
        il.StoreLocal(left);
        il.Op(ILOpCode.Stfld, compiler.Fragment.Token(Members.FuelLeft));
        Restart();
    }

    /// <summary>Pushes what was counted and some more.</summary>
    private void LoadAmount(int more)
    {
        if (used < 0)
        {
            compiler.Il.LoadI8(more);
            return;
        }

        compiler.Il.LoadLocal(used);
        compiler.Il.LoadI8(more + Slice);
        compiler.Il.Op(ILOpCode.Add);
    }

    private void Restart()
    {
        if (used < 0) return;
        compiler.Il.LoadI8(-Slice);
        compiler.Il.StoreLocal(used);
    }
}
