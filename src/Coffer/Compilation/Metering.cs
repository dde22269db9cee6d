using System.Reflection.Metadata;

namespace Coffer.Compilation;

/// <summary>Emits what bounds the time of a guest: the charge of fuel for each stretch of code, and the polls of loops.</summary>
internal sealed class Metering(FunctionCompiler compiler)
{
    private int patch;
    private int fuel;

    /// <summary>Begins a method.</summary>
    public void Clear()
    {
        patch = -1;
        fuel = 0;
    }

    /// <summary>Counts an instruction of the current stretch.</summary>
    public void Count() => fuel++;

    /// <summary>Begins a stretch of code that runs as a whole, for which fuel is charged at once.</summary>
    public void BeginSegment()
    {
        if (!compiler.Options.ConsumeFuel) return;
        End();
        fuel = 0;
        patch = -1;
        if (compiler.Dead || compiler.Validator.IsConstant) return;
        compiler.Frame.LoadStore();
        patch = compiler.Il.LoadI4Later();
        compiler.Call(Members.Burn);
    }

    /// <summary>Charges a whole body at its beginning, in the place of its stretches.</summary>
    public void ChargeBody(int instructions)
    {
        patch = -1;
        if (!compiler.Options.ConsumeFuel) return;
        compiler.Frame.LoadStore();
        compiler.Il.LoadI4(instructions);
        compiler.Call(Members.Burn);
    }

    /// <summary>Ends the last stretch.</summary>
    public void End()
    {
        if (patch >= 0) compiler.Il.Patch(patch, fuel);
    }

    /// <summary>Emits a check whether the guest must stop. The CIL stack is empty.</summary>
    public void EmitPoll()
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
}
