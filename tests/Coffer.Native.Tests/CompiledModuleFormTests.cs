using Coffer.Compilation;

namespace Coffer.Native.Tests;

/// <summary>The record that the engine needs besides native code.</summary>
public sealed class CompiledModuleFormTests
{
    private const string Text =
        """
        (module
          (import "m" "g" (global $g i32))
          (memory 1)
          (global i32 (i32.add (global.get $g) (i32.const 1)))
          (func $f (export "f") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
          (func (result i32) (call $f (call $f (i32.const 1))))
          (data (i32.const 8) "x"))
        """;

    private static readonly Engine Engine = new();
    private static readonly Module Module = Module.Compile(Engine, Bench.Binary(Text));

    private static CompiledModule ReadWithCalls(ReadOnlyMemory<byte> record) => CompiledModuleReader.ReadWithCalls(
        record, Module.Definition, Engine.Options, ConstantCodes.ToRecord(Module.Definition, Engine.Options.Features));

    private static CompiledModule Read(ReadOnlyMemory<byte> record) => CompiledModuleReader.Read(record, Module.Definition, Engine.Options);

    [Fact]
    public void Read_WhatWasWritten_GivesTheSame()
    {
        var record = CompiledModuleWriter.Write(Module.Compiled);
        var read = Read(record);
        Assert.Equal(Module.Compiled.GuardedMemories, read.GuardedMemories);
        Assert.Equal(Module.Compiled.Constants.Others, read.Constants.Others);
        Assert.Equal(Module.Compiled.Offsets.Entries, read.Offsets.Entries);
        Assert.Equal(record, CompiledModuleWriter.Write(read));
    }

    [Fact]
    public void Read_CutOrTurned_RefusesOrReads()
    {
        RefusesOrReads(CompiledModuleWriter.Write(Module.Compiled), record =>
        {
            // What can be read can be used without leaving its arrays.
            var read = Read(record);
            for (var row = 0; row < read.Offsets.Count; row++) read.Offsets.Find(row, 5);
        });
    }

    private static void RefusesOrReads(byte[] record, Action<byte[]> read)
    {
        for (var length = 0; length < record.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => read(record[..length]));
        }

        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var turned = (byte[])record.Clone();
            turned[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                read(turned);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
    }

    [Fact]
    public void ReadWithCalls_WhatWasWritten_GivesTheSame()
    {
        var record = CompiledModuleWriter.WriteWithCalls(Module.Compiled);
        var read = ReadWithCalls(record);
        Assert.Equal(Module.Compiled.LargeBodies, read.LargeBodies);
        Assert.Equal(Module.Compiled.Calls!.CalleesFirst(), read.Calls!.CalleesFirst());
        Assert.Equal([0, 0], read.Calls.CalleesOf(1).ToArray());
        Assert.True(record.Span.SequenceEqual(CompiledModuleWriter.WriteWithCalls(read).Span));
        Assert.Throws<InvalidDataException>(() => Read(record));
    }

    [Fact]
    public void ReadWithCalls_CutOrTurned_RefusesOrReads()
    {
        RefusesOrReads(CompiledModuleWriter.WriteWithCalls(Module.Compiled).ToArray(), record =>
        {
            var read = ReadWithCalls(record);
            Assert.Equal(read.Calls!.CalleesFirst().Length, read.Calls.NearestFirst([0, 1], []).Length);
        });
    }

    [Fact]
    public void Compile_Twice_GivesTheSameImage() => Assert.Equal(
        Module.Compiled.Image, Module.Compile(new Engine(), Module.Definition.Bytes).Compiled.Image);
}
