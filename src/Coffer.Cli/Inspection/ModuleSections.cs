using Coffer.Binary;

namespace Coffer.Cli.Inspection;

/// <summary>A section as it lies in a module.</summary>
/// <param name="Name">What it is; a custom section's own name in quotation marks.</param>
/// <param name="Offset">Where its content begins.</param>
/// <param name="Size">The bytes of its content.</param>
internal readonly record struct SectionPlace(string Name, int Offset, int Size);

/// <summary>Lists the sections of a well-formed module.</summary>
internal static class ModuleSections
{
    private const int HeaderBytes = 8;

    public static List<SectionPlace> Of(ReadOnlySpan<byte> module)
    {
        var places = new List<SectionPlace>();
        var position = HeaderBytes;
        while (position < module.Length)
        {
            var id = (SectionId)module[position++];
            var size = (int)ReadU32(module, ref position);
            var name = id == SectionId.Custom ? $"custom \"{ReadName(module, position)}\"" : Describe(id);
            places.Add(new SectionPlace(name, position, size));
            position += size;
        }

        return places;
    }

    private static string Describe(SectionId id) =>
        id == SectionId.DataCount ? "data count" : id.ToString().ToLowerInvariant();

    private static string ReadName(ReadOnlySpan<byte> module, int position)
    {
        var length = (int)ReadU32(module, ref position);
        return PlainText.OneLine(System.Text.Encoding.UTF8.GetString(module.Slice(position, length)));
    }

    private static uint ReadU32(ReadOnlySpan<byte> module, ref int position)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = module[position++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
