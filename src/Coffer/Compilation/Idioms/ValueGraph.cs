using Coffer.Binary;
using Coffer.Instructions;
using Coffer.Types;

namespace Coffer.Compilation.Idioms;

/// <summary>
/// The values that straight-line code computes, as expressions over its parameters. Equal expressions have the same number,
/// whatever the order of the operands and of the sums they were written with; so that code can be compared with a formula
/// exactly, and not by example.
/// </summary>
internal sealed class ValueGraph
{
    private readonly Dictionary<(Opcode Operation, long First, long Second), int> nodes = [];
    private readonly Dictionary<string, int> sums = [];
    private readonly Dictionary<int, int[]> terms = [];
    private int count;

    /// <summary>A store, in the order in which they happen.</summary>
    /// <param name="Instruction">Where it is in the module.</param>
    /// <param name="MemoryOffset">Its static offset.</param>
    /// <param name="Address">The number of its address.</param>
    /// <param name="Value">The number of its value.</param>
    public readonly record struct Store(int Instruction, ulong MemoryOffset, int Address, int Value);

    /// <summary>How many instructions the body has that was followed.</summary>
    public int Instructions { get; private set; }

    /// <summary>The value of a local at the beginning.</summary>
    public int Parameter(int index) => Node(Opcode.LocalGet, index, 0);

    /// <summary>An i64.</summary>
    public int Constant(long value) => Node(Opcode.I64Const, value, 0);

    /// <summary>A shift by a constant, or a sum, a product, an intersection or a union of i64.</summary>
    public int Apply(Opcode operation, int first, int second)
    {
        if (operation == Opcode.I64Add) return Sum([.. TermsOf(first), .. TermsOf(second)]);
        var isOrdered = operation is Opcode.I64Shl or Opcode.I64ShrU;
        return isOrdered || first <= second ? Node(operation, first, second) : Node(operation, second, first);
    }

    /// <summary>A sum of i64.</summary>
    public int Sum(params ReadOnlySpan<int> summands)
    {
        var sorted = summands.ToArray();
        Array.Sort(sorted);
        var key = string.Join(',', sorted);
        if (sums.TryGetValue(key, out var number)) return number;
        sums.Add(key, count);
        terms.Add(count, sorted);
        return count++;
    }

    /// <summary>
    /// Follows a body that is nothing but arithmetic of i64 on its locals and stores of i64 into the first memory. Null when
    /// there is anything else in it, valid or not.
    /// </summary>
    public List<Store>? Follow(InstructionReader reader, int parameters, int locals)
    {
        var values = Enumerable.Range(0, locals).Select(i => i < parameters ? Parameter(i) : Constant(0)).ToArray();
        var stack = new Stack<int>();
        var stores = new List<Store>();
        var instruction = default(Instruction);
        while (true)
        {
            reader.Read(ref instruction);
            Instructions++;
            var opcode = instruction.Opcode;
            switch (opcode)
            {
                case Opcode.LocalGet when instruction.Index < values.Length:
                    stack.Push(values[instruction.Index]);
                    break;
                case Opcode.LocalSet or Opcode.LocalTee when instruction.Index < values.Length && stack.Count > 0:
                    values[instruction.Index] = opcode == Opcode.LocalSet ? stack.Pop() : stack.Peek();
                    break;
                case Opcode.I64Const:
                    stack.Push(Constant((long)instruction.Bits));
                    break;
                case Opcode.I64Add or Opcode.I64Mul or Opcode.I64And or Opcode.I64Or or Opcode.I64Shl or Opcode.I64ShrU
                    when stack.Count > 1:
                    var second = stack.Pop();
                    stack.Push(Apply(opcode, stack.Pop(), second));
                    break;
                case Opcode.I64Store when stack.Count > 1 && instruction.Index == 0:
                    var value = stack.Pop();
                    stores.Add(new Store(instruction.Offset, instruction.Bits, stack.Pop(), value));
                    break;
                case Opcode.End when stack.Count == 0:
                    return stores;
                default:
                    return null;
            }
        }
    }

    private int[] TermsOf(int number) => terms.TryGetValue(number, out var sum) ? sum : [number];

    private int Node(Opcode operation, long first, long second)
    {
        if (nodes.TryGetValue((operation, first, second), out var number)) return number;
        nodes.Add((operation, first, second), count);
        return count++;
    }
}
