using System.Reflection.Metadata;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Compilation;

/// <summary>
/// The locals of a function as the guest numbers them: parameters are CIL arguments, the others CIL locals. Those that are mostly
/// addresses are native integers, extended when they are set and not at each access.
/// </summary>
internal sealed class WasmLocals(FunctionCompiler compiler, BodyScan scan)
{
    // For each value that is duplicated RyuJIT makes a local, and keeps those beyond its 1,024th in memory. A local that is read
    // again needs none, but is not always as good where there are few.
    private const int MostDuplicates = 400;

    private readonly HashSet<uint> rotated = [];
    private int[] wide = new int[64];
    private int wideCount;
    private int parameters;

    // How many values were duplicated in this method.
    private int duplicated;

    /// <summary>
    /// Where the CIL of the last read narrows a native integer, which is of no use to an access; 0 when it does not.
    /// </summary>
    public int Narrowing { get; private set; }

    /// <summary>Begins a method.</summary>
    public void Clear()
    {
        parameters = compiler.Type.Parameters.Length;
        wideCount = 0;
        duplicated = 0;
        rotated.Clear();
    }

    /// <summary>The CIL local that keeps a wasm local as a native integer, or -1.</summary>
    public int Wide(uint index) => index < (uint)wideCount ? wide[index] : -1;

    /// <summary>Decides which locals are kept as native integers, once all are declared and the body was looked at.</summary>
    public void Widen()
    {
        if (!compiler.GuardedMemories.Contains(true)) return;
        var types = compiler.Validator.Locals;
        wideCount = types.Count;
        if (wide.Length < wideCount) wide = new int[wideCount];
        for (var i = 0; i < wideCount; i++)
        {
            wide[i] = -1;
            if (!scan.IsAddress(i) || types[i] != ValueType.I32) continue;
            wide[i] = i < parameters ? compiler.Temps.Add(CilType.NativeInt) : i - parameters;
            compiler.Temps.Types[wide[i]] = CilType.NativeInt;
        }
    }

    /// <summary>Emits <c>local.get</c>, <c>local.set</c> or <c>local.tee</c>.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="isRotation">Whether the operand that is stored is a rotation.</param>
    public void Emit(ref readonly Instruction instruction, bool isRotation)
    {
        Narrowing = 0;
        var (opcode, index) = (instruction.Opcode, instruction.Index);
        switch (opcode)
        {
            case Opcode.LocalGet:
                Load(index);
                break;
            case Opcode.LocalSet:
                Store(index);
                break;
            default:
                Tee(index);
                break;
        }

        GuardRotation(opcode, index, isRotation);
    }

    private void Load(uint index)
    {
        var start = compiler.Il.Position;
        LoadValue(index);
        compiler.MarkSimple(start);
    }

    private void Store(uint index)
    {
        var il = compiler.Il;
        if (Wide(index) is >= 0 and var local)
        {
            il.Op(ILOpCode.Conv_u);
            il.StoreLocal(local);
        }
        else if (index < (uint)parameters)
        {
            il.StoreArgument((int)index);
        }
        else
        {
            il.StoreLocal((int)index - parameters);
        }
    }

    private void Tee(uint index)
    {
        // Where nothing is optimized, what is duplicated is stored once more.
        var duplicates = Wide(index) < 0 && !compiler.Options.Tiered && !scan.HasManyValues && duplicated++ < MostDuplicates;
        if (duplicates) compiler.Il.Op(ILOpCode.Dup);
        Store(index);
        if (duplicates) return;
        var start = compiler.Il.Position;
        LoadValue(index);
        if (compiler.Options.Tiered) compiler.MarkSimple(start);
    }

    private void LoadValue(uint index)
    {
        var il = compiler.Il;
        if (Wide(index) is >= 0 and var local)
        {
            il.LoadLocal(local);
            Narrowing = il.Position;
            il.Op(ILOpCode.Conv_i4);
        }
        else if (index < (uint)parameters)
        {
            il.LoadArgument((int)index);
        }
        else
        {
            il.LoadLocal((int)index - parameters);
        }
    }

    /// <summary>RyuJIT may put a rotation in the place of a local that was set to one.</summary>
    private void GuardRotation(Opcode opcode, uint index, bool isRotation)
    {
        if (isRotation && opcode != Opcode.LocalGet) rotated.Add(index);
        if (opcode == Opcode.LocalSet || rotated.Count == 0 || !rotated.Contains(index)) return;
        var end = compiler.Il.Position;
        RotationGuard.EmitBeforeTest(compiler, compiler.Validator.Locals[(int)index] == ValueType.I64);

        // The guard works on the i32, so what makes one must stay.
        if (compiler.Il.Position != end) Narrowing = 0;
    }
}
