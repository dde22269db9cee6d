using Coffer.Binary;
using Coffer.Types;

namespace Coffer.Tests.Binary;

/// <summary>Modules written as hexadecimal digits.</summary>
internal static class Wasm
{
    public static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>A module of sections; each is an id, then the content, whose size is put in.</summary>
    public static byte[] Module(params string[] sections)
    {
        var bytes = new List<byte>(Bytes("00 61 73 6d 01 00 00 00"));
        foreach (var section in sections)
        {
            var content = Bytes(section);
            bytes.Add(content[0]);
            AddU32(bytes, (uint)content.Length - 1);
            bytes.AddRange(content.AsSpan(1));
        }

        return [.. bytes];
    }

    public static void AddU32(List<byte> bytes, uint value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }

    public static ModuleDefinition Decode(byte[] bytes, Features features = Features.All, ModuleLimits? limits = null) =>
        ModuleDecoder.Decode(bytes, new TypeRegistry(), features, limits ?? ModuleLimits.Default);

    public static ModuleDefinition Decode(params string[] sections) => Decode(Module(sections));
}
