using System.Globalization;
using System.Text;

namespace Coffer.Tests.Compilation;

/// <summary>
/// Functions of many values are written in another way (<c>local.tee</c> reads the local again). What stays on the stack then must be
/// what the local had, however often it is set while that waits there.
/// </summary>
public sealed class ManyTeesTests
{
    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    /// <summary>One value behind the other, of which some wait on the stack while their local is set again.</summary>
    /// <param name="count">How many: few, more than are duplicated, and so many that the body is one of many values.</param>
    /// <param name="padding">Instructions without a tee between them, which make a body one of few values for its length.</param>
    [Theory]
    [InlineData(10, 0)]
    [InlineData(290, 0)]
    [InlineData(310, 0)]
    [InlineData(1500, 0)]
    [InlineData(1500, 12)]
    public void Tee_ManyInOneFunction_LeavesWhatWasSet(int count, int padding)
    {
        var body = new StringBuilder();
        var (a, b) = (3UL, 5UL);
        for (var i = 0; i < count; i++)
        {
            // b = tee a (a + i) ^ (tee a (a * M)), then rotated: the first tee waits while the second one sets the same local.
            var number = i.ToString(CultureInfo.InvariantCulture);
            body.Append("(local.set $b (i64.rotl (i64.xor (local.tee $a (i64.add (local.get $a) (i64.const ").Append(number)
                .Append("))) (local.tee $a (i64.mul (local.get $a) (local.get $m)))) (local.get $b)))\n");
            for (var j = 0; j < padding; j++) body.Append("(nop)(drop (local.get $b))\n");
            var first = a + (ulong)i;
            a = first * Multiplier;
            b = ulong.RotateLeft(first ^ a, (int)(b & 63));
        }

        foreach (var mode in new[] { MemoryMode.Guarded, MemoryMode.Checked })
        {
            var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
            using var store = new Store(engine);
            foreach (var isParameter in new[] { false, true })
            {
                var module = Module.CompileText(engine, $$"""
                    (module (memory 1) (func (export "f") (param $m i64) {{(isParameter ? "(param $a i64) (result i64)" : "(param i64) (result i64) (local $a i64)")}} (local $b i64)
                      (local.set $a (local.get 1)) (local.set $b (i64.const 5))
                      {{body}}
                      (i64.xor (local.get $a) (local.get $b))))
                    """);
                var function = new Linker().Instantiate(store, module).GetFunction<long, long, long>("f");
                Assert.Equal(unchecked((long)(a ^ b)), function(unchecked((long)Multiplier), 3));
            }
        }
    }
}
