using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Coffer.Runtime;

/// <summary>
/// The machine code of the signal action that goes in front of the runtime's. It is entered as
/// <c>action(signal, siginfo*, context*)</c> and does, without touching the stack or a callee-saved register:
/// <code>
/// if (siginfo->si_code > 0 &amp;&amp; (ulong)siginfo->si_addr - start &lt; length) siginfo->si_addr = 0;
/// goto next;
/// </code>
/// A code of zero or less means that a process sent the signal; the field read as an address then holds something else.
/// </summary>
internal static class FaultHandlerCode
{
    /// <summary>The code for this process's architecture, or null when there is none.</summary>
    public static byte[]? TryAssemble(ulong start, ulong length, ulong next) =>
        RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => AssembleX64(start, length, next),
            Architecture.Arm64 => AssembleArm64(start, length, next),
            _ => null,
        };

    // System V calling convention: rdi = signal, rsi = siginfo*, rdx = context*; rax and rcx are free.
    internal static byte[] AssembleX64(ulong start, ulong length, ulong next) =>
    [
        0x83, 0x7E, 0x08, 0x00,                         // cmp  dword [rsi+8], 0     si_code
        0x7E, 0x28,                                     // jle  next
        0x48, 0x8B, 0x46, 0x10,                         // mov  rax, [rsi+16]        si_addr
        0x48, 0xB9, .. Immediate(start),                // mov  rcx, start
        0x48, 0x29, 0xC8,                               // sub  rax, rcx
        0x48, 0xB9, .. Immediate(length),               // mov  rcx, length
        0x48, 0x39, 0xC8,                               // cmp  rax, rcx
        0x73, 0x08,                                     // jae  next
        0x48, 0xC7, 0x46, 0x10, 0x00, 0x00, 0x00, 0x00, // mov  qword [rsi+16], 0
        0x48, 0xB8, .. Immediate(next),                 // next: mov rax, next
        0xFF, 0xE0,                                     // jmp  rax
    ];

    // AAPCS64: x0 = signal, x1 = siginfo*, x2 = context*; x9, x10 and x16 are free. Encodings from the Arm
    // Architecture Reference Manual, C6.2; branch and literal offsets count words from the instruction itself.
    internal static byte[] AssembleArm64(ulong start, ulong length, ulong next) =>
    [
        .. Word(0xB9400829),                            //  0  ldr  w9, [x1, #8]         si_code
        .. Word(0x7100013F),                            //  1  cmp  w9, #0
        .. Word(0x5400010D),                            //  2  b.le 10
        .. Word(0xF9400829),                            //  3  ldr  x9, [x1, #16]        si_addr
        .. Word(0x5800010A),                            //  4  ldr  x10, 12              start
        .. Word(0xCB0A0129),                            //  5  sub  x9, x9, x10
        .. Word(0x5800010A),                            //  6  ldr  x10, 14              length
        .. Word(0xEB0A013F),                            //  7  cmp  x9, x10
        .. Word(0x54000042),                            //  8  b.hs 10
        .. Word(0xF900083F),                            //  9  str  xzr, [x1, #16]
        .. Word(0x580000D0),                            // 10  ldr  x16, 16              next
        .. Word(0xD61F0200),                            // 11  br   x16
        .. Immediate(start),                            // 12
        .. Immediate(length),                           // 14
        .. Immediate(next),                             // 16
    ];

    private static byte[] Immediate(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Word(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
