using System.Reflection.Metadata;
using Coffer.Binary;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;
using Coffer.Types;
using static Coffer.Instructions.Opcode;

namespace Coffer.Compilation.Idioms;

/// <summary>
/// The multiplication of 128-bit integers as compilers write it where the target has none (compiler-rt's <c>__multi3</c>):
/// a function of a pointer and of two numbers, low half first, which stores the low 128 bits of their product. Programs that
/// encrypt spend most of their time in it. It is recognized by what it computes, term for term, and written with the
/// multiplication that the processor has.
/// </summary>
internal static class WideProduct
{
    private const int MaximumBytes = 256;
    private const int Pointer = 0, LeftLow = 1, LeftHigh = 2, RightLow = 3, RightHigh = 4;

    private static readonly ValueType[] Parameters = [ValueType.I32, ValueType.I64, ValueType.I64, ValueType.I64, ValueType.I64];

    /// <summary>The body of such a function.</summary>
    /// <param name="Stores">Its two stores, in their order.</param>
    /// <param name="Instructions">How many instructions it has.</param>
    public sealed record Body(List<ValueGraph.Store> Stores, int Instructions);

    /// <summary>What such a function consists of; null when the body is not that of one.</summary>
    /// <param name="type">The function's type.</param>
    /// <param name="reader">Before the first instruction.</param>
    /// <param name="locals">How many locals there are, with the parameters.</param>
    public static Body? Find(FunctionType type, InstructionReader reader, int locals)
    {
        if (reader.Reader.Remaining > MaximumBytes || type.Results.Length != 0 || !type.Parameters.AsSpan().SequenceEqual(Parameters)) return null;
        try
        {
            var graph = new ValueGraph();
            var stores = graph.Follow(reader, Parameters.Length, locals);
            if (stores is not [var first, var second] || first.Address != second.Address || first.Address != graph.Parameter(Pointer)) return null;
            var (low, high) = first.MemoryOffset < second.MemoryOffset ? (first, second) : (second, first);
            return low.MemoryOffset + sizeof(long) == high.MemoryOffset && IsProduct(graph, low.Value, high.Value)
                ? new Body(stores, graph.Instructions)
                : null;
        }
        catch (CofferException)
        {
            // Whoever compiles it says what is wrong with it.
            return null;
        }
    }

    /// <summary>Writes the function anew, in the place of what was compiled for its body.</summary>
    public static void Emit(FunctionCompiler c, Body body)
    {
        c.Metering.ChargeBody(body.Instructions);
        var low = c.Temps.Take(CilType.I64);
        var high = c.Temps.Take(CilType.I64);
        Multiply(c, LeftLow, RightLow);
        c.Il.StoreLocal(low);
        c.Il.LoadArgument(LeftLow);
        c.Il.LoadArgument(RightLow);
        c.Call(Members.Method(typeof(WideOps), nameof(WideOps.HighProduct)));
        Multiply(c, LeftLow, RightHigh);
        c.Il.Op(ILOpCode.Add);
        Multiply(c, LeftHigh, RightLow);
        c.Il.Op(ILOpCode.Add);
        c.Il.StoreLocal(high);
        var start = body.Stores.Min(store => store.MemoryOffset);
        foreach (var store in body.Stores)
        {
            var instruction = new Instruction { Info = OpcodeTable.Find(0, (uint)I64Store)!, Offset = store.Instruction, Bits = store.MemoryOffset };
            c.Il.LoadArgument(Pointer);
            c.Il.LoadLocal(store.MemoryOffset == start ? low : high);
            MemoryEmitter.Emit(c, in instruction);
        }

        c.Il.Op(ILOpCode.Ret);
    }

    private static void Multiply(FunctionCompiler c, int left, int right)
    {
        c.Il.LoadArgument(left);
        c.Il.LoadArgument(right);
        c.Il.Op(ILOpCode.Mul);
    }

    /// <summary>
    /// With halves of halves, a = 2^32 a1 + a0 and b = 2^32 b1 + b0, the product of the low halves a and b is
    /// 2^64 a1 b1 + 2^32 (a0 b1 + a1 b0) + a0 b0. Its middle is summed up in two steps, neither of which overflows, with
    /// either of its products first.
    /// </summary>
    private static bool IsProduct(ValueGraph graph, int low, int high)
    {
        var mask = graph.Constant(uint.MaxValue);
        var half = graph.Constant(32);
        int Low(int value) => graph.Apply(I64And, value, mask);
        int High(int value) => graph.Apply(I64ShrU, value, half);
        int Times(int left, int right) => graph.Apply(I64Mul, left, right);
        var (a, b) = (graph.Parameter(LeftLow), graph.Parameter(RightLow));
        var crossed = graph.Sum(Times(a, graph.Parameter(RightHigh)), Times(graph.Parameter(LeftHigh), b));
        var bottom = Times(Low(a), Low(b));
        foreach (var (x, y) in new[] { (a, b), (b, a) })
        {
            var first = graph.Apply(I64Add, High(bottom), Times(Low(x), High(y)));
            var second = graph.Apply(I64Add, Low(first), Times(High(x), Low(y)));
            var top = graph.Sum(Times(High(a), High(b)), High(first), High(second));
            var shifted = graph.Apply(I64Shl, second, half);
            var isLow = low == graph.Apply(I64Or, shifted, Low(bottom)) || low == graph.Apply(I64Add, shifted, Low(bottom)) || low == Times(a, b);
            if (isLow && high == graph.Apply(I64Add, crossed, top)) return true;
        }

        return false;
    }
}
