using Coffer.Types;

namespace Coffer.Cli.Wast;

/// <summary>The module <c>spectest</c> that scripts may import.</summary>
internal static class SpecTestModule
{
    public static void Define(Linker linker, Store store)
    {
        const string name = "spectest";
        linker.DefineFunction(name, "print", () => { });
        linker.DefineFunction(name, "print_i32", (int _) => { });
        linker.DefineFunction(name, "print_i64", (long _) => { });
        linker.DefineFunction(name, "print_f32", (float _) => { });
        linker.DefineFunction(name, "print_f64", (double _) => { });
        linker.DefineFunction(name, "print_i32_f32", (int _, float _) => { });
        linker.DefineFunction(name, "print_f64_f64", (double _, double _) => { });
        linker.Define(name, "global_i32", new Global(store, new GlobalType(ValueType.I32, false), 666));
        linker.Define(name, "global_i64", new Global(store, new GlobalType(ValueType.I64, false), 666L));
        linker.Define(name, "global_f32", new Global(store, new GlobalType(ValueType.F32, false), 666.6f));
        linker.Define(name, "global_f64", new Global(store, new GlobalType(ValueType.F64, false), 666.6));
        linker.Define(name, "table", new Table(
            store, new TableType(ValueType.FuncRef, new Limits(10, 20)), Value.Reference(null)));
        linker.Define(name, "table64", new Table(
            store, new TableType(ValueType.FuncRef, new Limits(10, 20, Is64: true)), Value.Reference(null)));
        linker.Define(name, "memory", new Memory(store, new MemoryType(new Limits(1, 2))));
        linker.Define(name, "shared_memory", new Memory(store, new MemoryType(new Limits(1, 2, IsShared: true))));
    }
}
