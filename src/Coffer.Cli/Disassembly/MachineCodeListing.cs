using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace Coffer.Cli.Disassembly;

/// <summary>The machine code of a function as text, with the wasm instructions it came from between.</summary>
internal static class MachineCodeListing
{
    private const int MaximumJumps = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="CommandFailure">The machine code cannot be found or read on this processor.</exception>
    public static void Write(Module module, int function, TextWriter output, CancellationToken cancellation)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw CommandFailure.Usage("--asm needs an x86-64 processor", "show the CIL instead: --cil");
        }

        using var places = new MethodPlaces();
        var method = module.CodeMethod(function);
        var (marks, missing) = FindMarks(module, function, method, cancellation);
        RuntimeHelpers.PrepareMethod(method.MethodHandle);
        var start = FollowStubs(method.MethodHandle.GetFunctionPointer());
        var size = places.SizeAt(start, Patience);
        if (size == 0) throw new CommandFailure(ExitCode.Bug, "the runtime did not say where the machine code is");
        output.WriteLine($"; {size} bytes of machine code");
        if (missing.Length > 0) output.WriteLine($"; {PlainText.OneLine(missing)}");
        Write(Decode(start, size), start, size, marks, output);
    }

    // The marks, and what the reader should know is missing.
    private static (WasmMarks? Marks, string Missing) FindMarks(
        Module module, int function, MethodBase method, CancellationToken cancellation)
    {
        try
        {
            var map = NativeOffsetMap.Compile(method, cancellation);
            var pairs = module.Compiled.Offsets.Pairs(function - module.Definition.ImportedFunctions);
            var marks = new WasmMarks(map, pairs, WasmListing.Of(module.Definition, function));
            var missing = $"the runtime tells of {map.Count} places only: code of others stands without its wasm instructions";
            return (marks, marks.IsCut ? missing : "");
        }
        catch (TraceException e)
        {
            return (null, $"without the wasm instructions: {e.Message}");
        }
    }

    // A method's pointer may lead to a stub that jumps to the code.
    private static unsafe nint FollowStubs(nint address)
    {
        for (var i = 0; i < MaximumJumps; i++)
        {
            var first = Decode(address, 16)[0];
            if (first.IsJmpShortOrNear) address = (nint)first.NearBranchTarget;
            else if (first.IsJmpNearIndirect && first.IsIPRelativeMemoryOperand)
            {
                address = *(nint*)(nint)first.IPRelativeMemoryAddress;
            }
            else break;
        }

        return address;
    }

    private static unsafe List<Instruction> Decode(nint address, int size)
    {
        var bytes = new ReadOnlySpan<byte>((void*)address, size).ToArray();
        var decoder = Decoder.Create(64, bytes, (ulong)address);
        var instructions = new List<Instruction>();
        while (decoder.IP < (ulong)(address + size)) instructions.Add(decoder.Decode());
        return instructions;
    }

    private static void Write(List<Instruction> instructions, nint start, int size, WasmMarks? marks, TextWriter output)
    {
        var targets = instructions.Select(instruction => instruction.NearBranchTarget)
            .Where(target => target >= (ulong)start && target < (ulong)(start + size))
            .ToHashSet();
        var formatter = new IntelFormatter
        {
            Options = { RipRelativeAddresses = true, HexPrefix = "0x", HexSuffix = null, UppercaseHex = false },
        };
        var text = new StringOutput();
        foreach (var instruction in instructions)
        {
            foreach (var mark in marks?.TakeUntil((int)(instruction.IP - (ulong)start)) ?? []) output.WriteLine(mark);
            if (targets.Contains(instruction.IP)) output.WriteLine($"L{instruction.IP - (ulong)start:x4}:");
            var line = Format(instruction, targets, (ulong)start, formatter, text);
            output.WriteLine($"    {instruction.IP - (ulong)start:x4}  {line}");
        }
    }

    private static string Format(
        in Instruction instruction, HashSet<ulong> targets, ulong start, IntelFormatter formatter, StringOutput text)
    {
        if (targets.Contains(instruction.NearBranchTarget) && instruction.FlowControl != FlowControl.Next)
        {
            return $"{instruction.Mnemonic.ToString().ToLowerInvariant()} L{instruction.NearBranchTarget - start:x4}";
        }

        formatter.Format(instruction, text);
        return text.ToStringAndReset();
    }
}
