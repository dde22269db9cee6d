using System.Text;

namespace Coffer.Tests.Compilation;

/// <summary>Small tables of branches are written as comparisons, larger ones as tables. Each number must go where the table says.</summary>
public sealed class BranchTableTests
{
    private const int Blocks = 14;

    /// <summary>Tables of all small lengths, with one target for many numbers and with others for each.</summary>
    /// <param name="length">How many numbers have a target of their own.</param>
    /// <param name="run">How many numbers behind each other share one.</param>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(8, 1)]
    [InlineData(9, 2)]
    [InlineData(10, 1)]
    [InlineData(11, 1)]
    [InlineData(13, 1)]
    [InlineData(20, 2)]
    [InlineData(40, 4)]
    [InlineData(40, 100)]
    public void BranchTable_AnyNumber_GoesWhereTheTableSays(int length, int run)
    {
        // Not in order, so that no target can be guessed from its number; the last block is the default's.
        var targets = Enumerable.Range(0, length).Select(i => (i / run * 5) % (Blocks - 1)).ToArray();
        var body = new StringBuilder().Insert(0, "(block ", Blocks);
        body.Append("(br_table ").AppendJoin(' ', targets).Append(' ').Append(Blocks - 1).Append(" (local.get 0))");
        for (var i = 0; i < Blocks; i++) body.Append(") (return (i32.const ").Append(100 + i).Append("))\n");
        foreach (var fuel in new[] { false, true })
        {
            var engine = new Engine(new EngineOptions { ConsumeFuel = fuel });
            using var store = new Store(engine);
            if (fuel) store.Fuel = 1_000_000;
            var module = Module.CompileText(engine, $"(module (func (export \"f\") (param i32) (result i32) {body} (unreachable)))");
            var function = new Linker().Instantiate(store, module).GetFunction<int, int>("f");
            int[] numbers = [.. Enumerable.Range(0, length + 2), -1, int.MinValue, int.MaxValue];
            var expected = numbers.Select(number => 100 + ((uint)number < (uint)length ? targets[number] : Blocks - 1));
            Assert.Equal(expected, numbers.Select(function));
        }
    }
}
