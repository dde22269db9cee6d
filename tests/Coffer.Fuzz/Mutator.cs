namespace Coffer.Fuzz;

/// <summary>Damages a module as transfers and enemies do.</summary>
internal static class Mutator
{
    private static readonly byte[] Telling = [0x00, 0x01, 0x0B, 0x40, 0x7F, 0x80, 0xFF, 0xFB, 0xFC, 0xFD, 0xFE];

    public static byte[] Mutate(byte[] source, Random random)
    {
        var bytes = source.ToList();
        for (var i = random.Next(1, 6); i > 0 && bytes.Count > 9; i--)
        {
            var at = random.Next(8, bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)));
                    break;
                case 4:
                    bytes[at] = (byte)random.Next(256);
                    break;
                default:
                    if (random.Next(10) == 0) bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
