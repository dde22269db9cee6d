using System.Runtime.CompilerServices;
using Coffer.Tests.Binary;
using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Tests.Types;

public sealed class TypeRegistryTests
{
    private readonly TypeRegistry registry = new();

    [Fact]
    public void Define_EqualFunctionTypes_SameObject()
    {
        var first = Define("02 60 01 7f 01 7e 60 01 7f 01 7e");
        var second = Define("01 60 01 7f 01 7e");

        Assert.Same(first[0], first[1]);
        Assert.Same(first[0], second[0]);
    }

    [Fact]
    public void Define_DifferentEngines_DifferentTypesAndIds()
    {
        var here = Define("01 60 00 00")[0];
        var there = Define("01 60 00 00", new TypeRegistry())[0];

        Assert.NotSame(here, there);
        Assert.NotEqual(here.Id, there.Id);
    }

    [Fact]
    public void Define_RecursiveGroupAtAnotherIndex_SameObjects()
    {
        // (rec (type (struct (ref null 1))) (type (struct (ref null 0)))), the second time after another type.
        var first = Define("01 4e 02 5f 01 63 01 00 5f 01 63 00 00");
        var second = Define("02 60 00 00 4e 02 5f 01 63 02 00 5f 01 63 01 00");

        Assert.Same(first[0], second[1]);
        Assert.Same(first[1], second[2]);
        Assert.NotSame(first[0], first[1]);
        Assert.Same(first[1], ((StructType)first[0].Composite).Fields[0].Type.Heap.Definition);
    }

    [Fact]
    public void Define_ExplicitGroupOfOne_SameAsImplicit() =>
        Assert.Same(Define("01 4e 01 60 00 00")[0], Define("01 60 00 00")[0]);

    [Fact]
    public void Define_SameMembersInLargerGroup_Different() =>
        Assert.NotSame(Define("01 4e 02 60 00 00 60 00 01 7f")[0], Define("01 60 00 00")[0]);

    [Theory]
    [InlineData("01 60 00 01 7f", "01 60 01 7f 00")]
    [InlineData("01 50 00 60 00 00", "01 60 00 00")]
    [InlineData("01 5e 78 00", "01 5e 77 00")]
    [InlineData("01 5e 7f 00", "01 5e 7f 01")]
    [InlineData("01 5e 7f 00", "01 5f 01 7f 00")]
    [InlineData("01 5e 63 70 00", "01 5e 64 70 00")]
    [InlineData("01 5e 6e 00", "01 5e 6d 00")]
    [InlineData("01 5e 63 00 00", "01 5e 64 00 00")]
    public void Define_DifferentTypes_DifferentObjects(string one, string other) =>
        Assert.NotSame(Define(one)[0], Define(other)[0]);

    [Fact]
    public void Define_OutsideAgainstInsideReference_Different()
    {
        // A reference to the type itself is not a reference to an equal type defined before.
        var types = Define("02 5e 63 00 00 5e 63 00 00");

        Assert.NotSame(types[0], types[1]);
    }

    [Theory]
    [InlineData("01 60 01 63 01 00", "unknown type 1")]
    [InlineData("02 5e 63 01 00 60 00 00", "unknown type 1")]
    [InlineData("01 50 01 00 60 00 00", "unknown type 0")]
    [InlineData("01 4e 02 50 01 01 60 00 00 50 00 60 00 00", "unknown type 1")]
    [InlineData("02 60 00 00 50 01 00 60 00 00", "sub type 1 does not match super type 0, which is final")]
    [InlineData("02 50 00 60 00 00 50 01 00 60 00 01 7f", "sub type 1 does not match super type 0")]
    [InlineData("02 50 00 5f 01 7f 01 50 01 00 5f 01 7e 01", "sub type 1 does not match super type 0")]
    [InlineData("02 50 00 5f 01 6d 01 50 01 00 5f 01 6c 01", "sub type 1 does not match super type 0")]
    [InlineData("02 50 00 5f 01 7f 01 50 01 00 5f 00", "sub type 1 does not match super type 0")]
    [InlineData("02 50 00 5e 7f 01 50 01 00 5f 01 7f 01", "sub type 1 does not match super type 0")]
    public void Define_InvalidType_Reason(string types, string reason)
    {
        var error = Assert.Throws<InvalidException>(() => Define(types));

        Assert.StartsWith(reason, error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("02 50 00 5f 01 6d 00 50 01 00 5f 02 6c 00 7f 00")]
    [InlineData("02 50 00 60 01 6c 01 6d 50 01 00 60 01 6d 01 6c")]
    public void Define_ProperSubtype_MatchesItsSupertype(string hex)
    {
        var types = Define(hex);

        Assert.True(types[1].IsSubtypeOf(types[0]));
        Assert.False(types[0].IsSubtypeOf(types[1]));
        Assert.Equal([types[0], types[1]], types[1].Display);
    }

    [Fact]
    public void Define_TooDeep_NamesTheLimit()
    {
        var limits = ModuleLimits.Default with { SubtypeDepth = 1 };
        var bytes = Wasm.Module("01 03 50 00 5f 00 50 01 00 5f 00 50 01 01 5f 00");

        var error = Assert.Throws<ExhaustionException>(() => ModuleDecoder.Decode(bytes, registry, Features.All, limits));

        Assert.Contains("SubtypeDepth", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Canonicalize_HostFunction_SameAsModuleType()
    {
        var host = registry.Canonicalize(new FunctionType([ValueType.I32], [ValueType.ExternRef]));

        Assert.Same(Define("01 60 01 7f 01 6f")[0], host);
        Assert.True(host.IsFinal);
    }

    [Fact]
    public void Canonicalize_ReferenceToDefinedType_SameAsModuleType()
    {
        var types = Define("02 5e 7f 00 60 01 64 00 00");

        var host = registry.Canonicalize(
            new FunctionType([ValueType.Reference(new HeapType(types[0], 7), nullable: false)], []));

        Assert.Same(types[1], host);
    }

    [Fact]
    public void Canonicalize_IndexWithoutDefinition_Refused() =>
        Assert.Throws<ArgumentException>(
            () => registry.Canonicalize(new FunctionType([ValueType.Reference(new HeapType(null, 3))], [])));

    [Fact]
    public void Define_DroppedTypes_AreCollected()
    {
        var dropped = DefineAndDrop();
        for (var i = 0; i < 10 && dropped.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(dropped.IsAlive);

        // Enough further groups for the dead entries to be swept; what is alive must survive it.
        var kept = Define("01 60 00 01 7e")[0];
        for (var i = 0; i < 2000; i++) DefineUnique(i);
        Assert.Same(kept, Define("01 60 00 01 7e")[0]);
    }

    [Fact]
    public void Define_ManyThreads_OneObject()
    {
        var results = new DefinedType[32];

        Parallel.For(0, results.Length, i => results[i] = Define("01 4e 02 5f 01 63 01 00 5f 01 63 00 00")[1]);

        Assert.All(results, type => Assert.Same(results[0], type));
    }

    [Fact]
    public void Define_HugeGroup_IsNotQuadratic()
    {
        var bytes = new List<byte>();
        Wasm.AddU32(bytes, 1);
        bytes.Add(0x4E);
        const int count = 200_000;
        Wasm.AddU32(bytes, count);
        for (var i = 0; i < count; i++)
        {
            bytes.AddRange([0x5F, 0x01, 0x63]);
            AddS33(bytes, (i * 7919L) % count);
            bytes.Add(0x00);
        }

        var hex = Convert.ToHexString([.. bytes]);
        var first = Define(hex);
        var second = Define(hex);

        Assert.Same(first[count - 1], second[count - 1]);
        Assert.NotSame(first[0], first[1]);
    }

    private static void AddS33(List<byte> bytes, long value)
    {
        for (; value >= 0x40; value >>= 7) bytes.Add((byte)((value & 0x7F) | 0x80));
        bytes.Add((byte)value);
    }

    private DefinedType[] Define(string types, TypeRegistry? into = null) =>
        [.. ModuleDecoder.Decode(Wasm.Module("01 " + types), into ?? registry, Features.All, ModuleLimits.Default).Types];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference DefineAndDrop() => new(Define("01 4e 02 5f 01 63 01 00 5f 01 63 00 00")[0]);

    private void DefineUnique(int number)
    {
        var parameters = Enumerable.Range(0, 11).Select(bit => (number >> bit & 1) == 0 ? ValueType.I32 : ValueType.F64);
        registry.Canonicalize(new FunctionType([.. parameters], []));
    }
}
