using System.Security.Cryptography.X509Certificates;

namespace Coffer.Edge.Ambient;

/// <summary>The files of a server: its configuration and what that names, from the folder it is in.</summary>
internal sealed class ServerFiles(string path)
{
    private readonly string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;

    /// <summary>The file of the configuration.</summary>
    public string Configuration { get; } = System.IO.Path.GetFullPath(path);

    public byte[] Read(string name) => File.ReadAllBytes(FullPath(name));

    /// <summary>The bytes of a module, which are kept.</summary>
    public byte[] ReadModule(string name) => ModuleFile.Read(FullPath(name));

    /// <summary>The SHA-256 of a file, in hexadecimal.</summary>
    public string Digest(string name) => ModuleFile.Digest(FullPath(name));

    public X509Certificate2 ReadCertificate(string certificate, string key)
    {
        using var loaded = X509Certificate2.CreateFromPemFile(FullPath(certificate), FullPath(key));
        // A key that only a file had cannot be used by the system's TLS everywhere.
        return X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
    }

    public Stream Append(string name) =>
        new FileStream(FullPath(name), FileMode.Append, FileAccess.Write, FileShare.Read | FileShare.Delete);

    /// <summary>What changes when a file does.</summary>
    public (DateTime Time, long Length) StampOf(string name)
    {
        var file = new FileInfo(FullPath(name));
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    /// <summary>Where a file or a folder is that the configuration names.</summary>
    public string PathOf(string name) => FullPath(name);

    private string FullPath(string name) => System.IO.Path.GetFullPath(name, folder);
}
