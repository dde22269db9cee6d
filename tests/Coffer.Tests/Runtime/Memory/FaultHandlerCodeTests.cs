using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Coffer.Runtime;

namespace Coffer.Tests.Runtime.Memory;

public sealed unsafe class FaultHandlerCodeTests
{
    private const ulong Start = 0x7F00_0000_0000, Length = 0x100_0000_0000, Next = 0x1122_3344_5566_7788;

    private static int s_signal;
    private static nint s_information;
    private static nint s_context;

    [Fact]
    public void AssembleArm64_EncodingsByField_AreThoseOfTheManual()
    {
        var code = FaultHandlerCode.AssembleArm64(Start, Length, Next);
        const uint zero = 31;

        uint[] expected =
        [
            LoadWord(target: 9, address: 1, offset: 8),
            CompareWordImmediate(left: 9, immediate: 0),
            BranchIf(LessOrEqual, from: 2, to: 10),
            LoadDoubleword(target: 9, address: 1, offset: 16),
            LoadLiteral(target: 10, from: 4, to: 12),
            Subtract(target: 9, left: 9, right: 10),
            LoadLiteral(target: 10, from: 6, to: 14),
            SubtractSettingFlags(target: zero, left: 9, right: 10),
            BranchIf(HigherOrSame, from: 8, to: 10),
            StoreDoubleword(source: zero, address: 1, offset: 16),
            LoadLiteral(target: 16, from: 10, to: 16),
            BranchToRegister(16),
        ];

        Assert.Equal(expected, MemoryMarshal.Cast<byte, uint>(code.AsSpan(0, 48)).ToArray());
        Assert.Equal([Start, Length, Next], MemoryMarshal.Cast<byte, ulong>(code.AsSpan(48)).ToArray());
    }

    [Fact]
    public void AssembleX64_BranchTargets_AreInstructionStarts()
    {
        var code = FaultHandlerCode.AssembleX64(Start, Length, Next);
        const int next = 46;

        // Both conditional branches, short ones counted from their own end, lead to "mov rax, next".
        Assert.Equal(0x7E, code[4]);
        Assert.Equal(next, 6 + code[5]);
        Assert.Equal(0x73, code[36]);
        Assert.Equal(next, 38 + code[37]);
        Assert.Equal(Start, BinaryPrimitives.ReadUInt64LittleEndian(code.AsSpan(12)));
        Assert.Equal(Length, BinaryPrimitives.ReadUInt64LittleEndian(code.AsSpan(25)));
        Assert.Equal([0x48, 0xB8], code[next..(next + 2)]);
        Assert.Equal(Next, BinaryPrimitives.ReadUInt64LittleEndian(code.AsSpan(next + 2)));
        Assert.Equal([0xFF, 0xE0], code[(next + 10)..]);
    }

    [Theory]
    [InlineData(Start, 1, true)]
    [InlineData(Start, 2, true)]
    [InlineData(Start + Length - 1, 2, true)]
    [InlineData(Start - 1, 2, false)]
    [InlineData(Start + Length, 2, false)]
    [InlineData(0UL, 2, false)]
    [InlineData(8UL, 2, false)]
    [InlineData(ulong.MaxValue, 2, false)]
    [InlineData(Start, 0, false)]
    [InlineData(Start, -6, false)]
    public void Code_CalledWithAnAddress_ZeroesItOnlyInsideTheRange(ulong address, int code, bool zeroed)
    {
        Assert.SkipUnless(FaultHandler.IsPlatformSupported, "there is no fault handler for this system");
        var information = stackalloc byte[128];
        *(int*)information = 11;
        *(int*)(information + 8) = code;
        *(ulong*)(information + 16) = address;
        *(ulong*)(information + 24) = 77;
        var next = (ulong)(delegate* unmanaged<int, nint, nint, void>)&Received;
        var page = FaultHandler.TryWriteCode(FaultHandlerCode.TryAssemble(Start, Length, next)!);
        Assert.NotEqual(0, page);

        ((delegate* unmanaged<int, nint, nint, void>)page)(11, (nint)information, 1234);

        Assert.Equal(zeroed ? 0 : address, *(ulong*)(information + 16));
        Assert.Equal((11, (nint)information, (nint)1234), (s_signal, s_information, s_context));
        Assert.Equal((11, code, 77UL), (*(int*)information, *(int*)(information + 8), *(ulong*)(information + 24)));
        PosixMemory.Release(page, MemoryRegion.PageBytes);
    }

    [UnmanagedCallersOnly]
    private static void Received(int signal, nint information, nint context) =>
        (s_signal, s_information, s_context) = (signal, information, context);

    private const uint HigherOrSame = 0b0010, LessOrEqual = 0b1101;

    // Arm Architecture Reference Manual, C4.1 and C6.2: fixed bits, then the fields at their positions.
    private static uint LoadWord(uint target, uint address, uint offset) =>
        (0b10_111_0_01_01u << 22) | (offset / 4 << 10) | (address << 5) | target;

    private static uint LoadDoubleword(uint target, uint address, uint offset) =>
        (0b11_111_0_01_01u << 22) | (offset / 8 << 10) | (address << 5) | target;

    private static uint StoreDoubleword(uint source, uint address, uint offset) =>
        (0b11_111_0_01_00u << 22) | (offset / 8 << 10) | (address << 5) | source;

    private static uint LoadLiteral(uint target, uint from, uint to) =>
        (0b01_011_0_00u << 24) | ((to - from) << 5) | target;

    private static uint CompareWordImmediate(uint left, uint immediate) =>
        (0b0_1_1_100010_0u << 22) | (immediate << 10) | (left << 5) | 31;

    private static uint Subtract(uint target, uint left, uint right) =>
        (0b1_1_0_01011_00_0u << 21) | (right << 16) | (left << 5) | target;

    private static uint SubtractSettingFlags(uint target, uint left, uint right) =>
        (0b1_1_1_01011_00_0u << 21) | (right << 16) | (left << 5) | target;

    private static uint BranchIf(uint condition, uint from, uint to) =>
        (0b0101010_0u << 24) | ((to - from) << 5) | condition;

    private static uint BranchToRegister(uint register) =>
        (0b1101011_0_0_00_11111_0000_0_0u << 10) | (register << 5);
}
