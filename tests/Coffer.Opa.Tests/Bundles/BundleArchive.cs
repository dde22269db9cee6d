using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Coffer.Opa.Tests.Bundles;

/// <summary>Archives of bundles, made entry by entry.</summary>
internal sealed class BundleArchive
{
    private readonly List<TarEntry> entries = [];

    public BundleArchive Add(string name, string content) => Add(name, Encoding.UTF8.GetBytes(content));

    public BundleArchive Add(string name, byte[] content)
    {
        entries.Add(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        return this;
    }

    public BundleArchive AddLink(string name, string target)
    {
        entries.Add(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target });
        return this;
    }

    public byte[] ToArray()
    {
        using var output = new MemoryStream();
        using (var compressed = new GZipStream(output, CompressionLevel.Fastest))
        using (var writer = new TarWriter(compressed))
        {
            foreach (var entry in entries) writer.WriteEntry(entry);
        }

        return output.ToArray();
    }
}
