using System.Runtime.Intrinsics;
using Coffer.Compilation.Emitters;
using Coffer.Instructions;
using Coffer.Tests.Runtime.Semantics;

namespace Coffer.Tests.Compilation.Emitters;

public sealed class ScalarIntrinsicsTests
{
    [Fact]
    public void Rows_EveryOpcode_EqualTheSemanticMethod()
    {
        var rows = OpcodeTable.All.Where(row => ScalarIntrinsics.Find(row.Opcode) is not null).ToArray();
        var image = new IntrinsicImage();
        foreach (var row in rows)
        {
            image.Add(row.Opcode.ToString(), row, ScalarIntrinsics.Find(row.Opcode)!, null, null);
            if (row.Operands is "ii")
                image.Add(row.Opcode + "Constant", row, ScalarIntrinsics.Find(row.Opcode)!, null, 39);
        }

        var type = image.Load();
        foreach (var row in rows)
        {
            IntrinsicComparison.Run(type, row.Opcode.ToString(), Operands(row.Operands[0]));
            if (row.Operands is "ii")
                IntrinsicComparison.Run(type, row.Opcode + "Constant", Operands('i'));
        }
    }

    private static IEnumerable<(Vector128<byte>, Vector128<byte>, Vector128<byte>)> Operands(char letter)
    {
        Vector128<byte>[] values = letter switch
        {
            'i' => [.. Samples.Int32.Select(value => Vector128.Create(value).AsByte())],
            'l' => [.. Samples.Int64.Select(value => Vector128.Create(value).AsByte())],
            'f' => [.. Samples.Single.Select(value => Vector128.Create(value).AsByte())],
            _ => [.. Samples.Double.Select(value => Vector128.Create(value).AsByte())],
        };
        return values.Select((value, i) => (value, values[(i * 7) % values.Length], Vector128<byte>.Zero));
    }
}
