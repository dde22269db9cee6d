using System.Text;

namespace Coffer.Tests.Compilation;

public sealed class ImageBuilderTests
{
    [Fact]
    public void AddBody_CodeOfAnyLength_StartsAligned()
    {
        // More code than the pieces that it is collected in, for lengths of the module of every remainder.
        for (var padding = 0; padding < 8; padding++)
        {
            var text = new StringBuilder($"(module (memory 1) (data (i32.const 0) \"{new string('x', padding)}\")");
            for (var function = 0; function < 300; function++)
            {
                text.Append($"(func (param i32) (result i32) (local i64) (i32.add (i32.load (local.get 0)) (i32.const {function * 1000})))");
            }

            var engine = new Engine();
            using var store = new Store(engine);
            var module = Module.CompileText(engine, text.Append("(func (export \"f\") (result i32) (local i64) (call 299 (i32.const 8))))").ToString());
            module.Prepare(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(299_000, new Linker().Instantiate(store, module).GetFunction<int>("f")());
        }
    }
}
