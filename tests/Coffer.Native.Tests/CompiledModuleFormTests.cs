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
          (data (i32.const 8) "x"))
        """;

    private static readonly Engine Engine = new();
    private static readonly Module Module = Module.Compile(Engine, Bench.Binary(Text));

    private static CompiledModule Read(ReadOnlySpan<byte> record) => CompiledModuleReader.Read(record, Module.Definition, Engine.Options);

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
        var record = CompiledModuleWriter.Write(Module.Compiled);
        for (var length = 0; length < record.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Read(record.AsSpan(0, length)));
        }

        for (var bit = 0; bit < record.Length * 8; bit++)
        {
            var turned = (byte[])record.Clone();
            turned[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                // What can be read can be used without leaving its arrays.
                var read = Read(turned);
                for (var row = 0; row < read.Offsets.Count; row++) read.Offsets.Find(row, 5);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
    }

    [Fact]
    public void Compile_Twice_GivesTheSameImage() => Assert.Equal(
        Module.Compiled.Image, Module.Compile(new Engine(), Module.Definition.Bytes).Compiled.Image);
}
