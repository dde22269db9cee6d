using System.Formats.Tar;
using System.IO.Compression;
using Coffer.Opa.Values;

namespace Coffer.Opa.Bundles;

/// <summary>The files of a bundle by path, without a slash at the beginning.</summary>
internal static class BundleFiles
{
    /// <summary>Whether a file is read as a document.</summary>
    public static bool IsDocument(string name) =>
        name[(name.LastIndexOf('/') + 1)..] is "data.json" or "data.yaml" or "data.yml" or ".manifest";

    /// <summary>A document of JSON or YAML.</summary>
    /// <exception cref="BundleException">It cannot be read.</exception>
    public static RegoValue ReadDocument(string name, byte[] content)
    {
        try
        {
            return name.EndsWith(".yaml", StringComparison.Ordinal) || name.EndsWith(".yml", StringComparison.Ordinal)
                ? RegoYaml.Read(System.Text.Encoding.UTF8.GetString(content))
                : RegoValue.Parse(content);
        }
        catch (FormatException exception)
        {
            throw new BundleException($"the file {name} of the bundle cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Unpacks an archive; it may be compressed or not.</summary>
    /// <exception cref="BundleException">It is damaged, too large, or has a path that leads out.</exception>
    public static Dictionary<string, byte[]> Unpack(byte[] archive, BundleOptions options)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        try
        {
            using var packed = new MemoryStream(archive, writable: false);
            var isCompressed = archive is [0x1F, 0x8B, ..];
            using Stream content = isCompressed ? new GZipStream(packed, CompressionMode.Decompress) : packed;
            using var bounded = new BoundedStream(content, options.UnpackedBytes);
            using var reader = new TarReader(bounded);
            while (reader.GetNextEntry() is { } entry) Add(files, entry, options);
        }
        catch (Exception exception) when (exception is not (BundleException or OutOfMemoryException))
        {
            // The platform's readers say what is wrong with headers by whatever comes of it, overflows of times among them.
            throw new BundleException($"the bundle is no archive (.tar.gz): {exception.Message}", exception);
        }

        return files;
    }

    private static void Add(Dictionary<string, byte[]> files, TarEntry entry, BundleOptions options)
    {
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes) return;
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) throw new BundleException(
            $"\"{entry.Name}\" in the bundle is no file but {entry.EntryType}");
        var name = PathOf(entry.Name);
        if (files.Count >= options.Files) throw new BundleException(
            $"the bundle has more than {options.Files} files (BundleOptions.Files)");
        if (entry.Length > options.UnpackedBytes) throw BoundedStream.TooLarge(options.UnpackedBytes);
        using var content = new MemoryStream((int)Math.Min(entry.Length, 1 << 20));
        entry.DataStream?.CopyTo(content);
        if (!files.TryAdd(name, content.ToArray())) throw new BundleException($"the bundle has the file {name} twice");
    }

    private static string PathOf(string name)
    {
        var path = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name.TrimStart('/');
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
            || path.Split('/', '\\').Any(part => part is ".." or "."))
        {
            throw new BundleException($"the path \"{name}\" in the bundle leads out of it");
        }

        return path;
    }

    /// <summary>Ends with an error rather than with more bytes than allowed: a small archive may unpack to any size.</summary>
    private sealed class BoundedStream(Stream inner, long limit) : Stream
    {
        private long total;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public static BundleException TooLarge(long limit) =>
            new($"the bundle unpacks to more than {limit} bytes (BundleOptions.UnpackedBytes)");

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = inner.Read(buffer);
            total += read;
            return total <= limit ? read : throw TooLarge(limit);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
