using System.Reflection;
using System.Text.RegularExpressions;
using Coffer.Instructions;
using Coffer.Runtime.Semantics;

namespace Coffer.Tests.Runtime.Semantics;

public sealed partial class AtomicOpsTests
{
    private const byte Canary = 0xC5;

    private static readonly ulong[] Values =
        [0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x1_0000, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
         0x1122334455667788, 0x8000000000000000, ulong.MaxValue];

    public static TheoryData<string> Accesses =>
        new(OpcodeTable.All.Where(row => row.IsAtomic && !row.Mnemonic.StartsWith("memory.", StringComparison.Ordinal))
            .Select(row => row.Opcode.ToString()));

    [Theory, MemberData(nameof(Accesses))]
    public void Access_AnyValues_MatchesTheModel(string name)
    {
        var row = OpcodeTable.Get(Enum.Parse<Opcode>(name));
        var method = typeof(AtomicOps).GetMethod(name, BindingFlags.Static | BindingFlags.Public);
        Assert.NotNull(method);
        Assert.Equal(row.Operands.Length, method.GetParameters().Length);
        var is64 = name.StartsWith("I64", StringComparison.Ordinal);
        var operation = Operation().Match(name).Value;
        var mask = row.Width == 8 ? ulong.MaxValue : (1UL << (row.Width * 8)) - 1;

        foreach (var initial in Values)
        foreach (var first in Values)
        foreach (var second in operation == "Cmpxchg" ? Values : [0])
        {
            var (result, after) = Run(method, row.Width, is64, initial, first, second);

            var old = initial & mask;
            var expected = operation switch
            {
                "Load" => old,
                "Store" or "Xchg" => first,
                "Add" => old + first,
                "Sub" => old - first,
                "And" => old & first,
                "Or" => old | first,
                "Xor" => old ^ first,
                "Cmpxchg" => old == (first & mask) ? second : old,
                _ => throw new InvalidOperationException(name),
            };
            Assert.Equal(expected & mask, after);
            if (operation != "Store")
                Assert.Equal(old, result);
        }
    }

    [Theory, MemberData(nameof(Accesses))]
    public void Access_ByTwoThreads_IsAtomic(string name)
    {
        // An addition or an exchange loop of one thread must never lose an update of the other.
        if (!name.Contains("Add", StringComparison.Ordinal) && !name.Contains("Sub", StringComparison.Ordinal)
            && !name.Contains("Xor", StringComparison.Ordinal))
            return;
        var row = OpcodeTable.Get(Enum.Parse<Opcode>(name));
        var method = typeof(AtomicOps).GetMethod(name)!;
        const int rounds = 2001;
        var bytes = GC.AllocateArray<byte>(16, pinned: true);
        var operand = Boxed(name.StartsWith("I64", StringComparison.Ordinal), 1);

        Parallel.For(0, 2, _ =>
        {
            object?[] arguments = [AddressOf(bytes), operand];
            for (var i = 0; i < rounds; i++)
                method.Invoke(null, arguments);
        });

        var after = ReadLow(bytes, row.Width);
        var mask = row.Width == 8 ? ulong.MaxValue : (1UL << (row.Width * 8)) - 1;
        var expected = name.Contains("Add", StringComparison.Ordinal) ? 2UL * rounds
            : name.Contains("Sub", StringComparison.Ordinal) ? unchecked(0 - (2UL * rounds))
            : 0;
        Assert.Equal(expected & mask, after);
    }

    [Theory]
    [InlineData(0UL, 8, true)]
    [InlineData(8UL, 8, true)]
    [InlineData(4UL, 8, false)]
    [InlineData(4UL, 4, true)]
    [InlineData(6UL, 4, false)]
    [InlineData(3UL, 2, false)]
    [InlineData(3UL, 1, true)]
    [InlineData(ulong.MaxValue, 1, true)]
    [InlineData(ulong.MaxValue, 2, false)]
    public void CheckAligned_Address_TrapsUnlessMultiple(ulong address, uint width, bool aligned)
    {
        var error = Record.Exception(() => AtomicOps.CheckAligned(address, width));

        if (aligned)
            Assert.Null(error);
        else
            Assert.Equal(TrapKind.UnalignedAtomic, Assert.IsType<TrapException>(error).Kind);
    }

    [GeneratedRegex("Load|Store|Add|Sub|And|Xor|Or|Xchg|Cmpxchg")]
    private static partial Regex Operation();

    /// <summary>Runs the operation on a value between canaries and returns its result and what the value became.</summary>
    private static (ulong Result, ulong After) Run(
        MethodInfo method, int width, bool is64, ulong initial, ulong first, ulong second)
    {
        // The address returned by AddressOf is a multiple of eight.
        var bytes = GC.AllocateUninitializedArray<byte>(24, pinned: true);
        bytes.AsSpan().Fill(Canary);
        BitConverter.GetBytes(initial).AsSpan(0, width).CopyTo(bytes.AsSpan(8));
        object?[] arguments = [AddressOf(bytes) + 8, Boxed(is64, first), Boxed(is64, second)];

        var result = method.Invoke(null, arguments[..method.GetParameters().Length]);

        Assert.False(bytes.AsSpan(0, 8).ContainsAnyExcept(Canary));
        Assert.False(bytes.AsSpan(8 + width).ContainsAnyExcept(Canary));
        return (result is int i32 ? (uint)i32 : (ulong)(long)(result ?? 0L), ReadLow(bytes.AsSpan(8), width));
    }

    private static object Boxed(bool is64, ulong value)
    {
        var i64 = (long)value;
        var i32 = (int)value;
        return is64 ? i64 : (object)i32;
    }

    private static unsafe nint AddressOf(byte[] pinned) =>
        (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned[0]);

    private static ulong ReadLow(ReadOnlySpan<byte> bytes, int width)
    {
        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        bytes[..width].CopyTo(wide);
        return BitConverter.ToUInt64(wide);
    }
}
