using Coffer.Runtime;

namespace Coffer.Tests.Compilation;

/// <summary>
/// RyuJIT loses the result of <c>Interlocked.Or</c> and <c>And</c> in an expression that calls something before it uses
/// it. The widened result is compared with that of a call (an exclusive or of two bytes is one), in both memory modes.
/// </summary>
public sealed class AtomicResultTests
{
    public static TheoryData<MemoryMode, string, string> Cases()
    {
        var cases = new TheoryData<MemoryMode, string, string>();
        foreach (var mode in MemoryArena.GuardSupported ? [MemoryMode.Checked, MemoryMode.Guarded] : new[] { MemoryMode.Checked })
        {
            foreach (var operation in new[] { "add", "sub", "and", "or", "xor", "xchg", "cmpxchg" })
            {
                foreach (var access in new[] { "i32.rmw", "i32.rmw8", "i32.rmw16", "i64.rmw", "i64.rmw8", "i64.rmw16", "i64.rmw32" })
                {
                    cases.Add(mode, access, operation);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AtomicResult_UsedAfterACall_IsTheOldValue(MemoryMode mode, string access, string operation)
    {
        var type = access[..3];
        var update = $"{type}.atomic.{access[4..]}.{operation}{(access.EndsWith("rmw", StringComparison.Ordinal) ? "" : "_u")}";
        var expected = operation == "cmpxchg" ? "(global.get $g)" : "";
        var engine = new Engine(new EngineOptions { Memory = new MemoryOptions { Mode = mode } });
        using var store = new Store(engine);
        var isBelow = new Linker().Instantiate(store, Module.CompileText(engine, $"""
            (module
              (memory 1)
              (data (i32.const 64) "\05\00\00\00\00\00\00\00\07\00\00\00\00\00\00\00")
              (global $g (mut {type}) ({type}.const 6))
              (func (export "isBelow") (result i32)
                ({type}.le_u
                  ({update} offset=8 (i32.and (i32.const 248) (i32.const 56)) {expected} (global.get $g))
                  ({type}.atomic.rmw16.xor_u offset=72 (i32.const 0) (global.get $g)))))
            """)).GetFunction<int>("isBelow");
        Assert.Equal(1, isBelow());
    }
}
