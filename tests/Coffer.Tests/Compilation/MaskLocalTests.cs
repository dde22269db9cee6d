namespace Coffer.Tests.Compilation;

public sealed class MaskLocalTests
{
    /// <summary>
    /// With AVX-512, RyuJIT keeps a vector that is only used as a mask in a mask register, and forgot that a local starts
    /// at zero.
    /// </summary>
    [Theory]
    [InlineData(MemoryMode.Guarded)]
    [InlineData(MemoryMode.Checked)]
    public void Local_OnlyUsedAsAMask_StartsAtZero(MemoryMode mode)
    {
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        using var store = new Store(engine);
        var masks = new Linker().Instantiate(store, Module.CompileText(engine, """
            (module
              (global $g (mut v128) (v128.const i32x4 -1 -1 1 1))
              (func (export "masks") (param $from i32) (result i32)
                (local $mask v128) (local $i i32) (local $masks i32)
                (loop $again
                  (local.set $masks
                    (i32.add (i32.mul (local.get $masks) (i32.const 16)) (i32x4.bitmask (local.get $mask))))
                  (if (i32.eq (local.get $i) (local.get $from)) (then (local.set $mask (global.get $g))))
                  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
                (local.get $masks)))
            """)).GetFunction<int, int>("masks");

        Assert.Equal(0x033, masks(0));
        Assert.Equal(0x003, masks(1));
        Assert.Equal(0x000, masks(2));
    }
}
