using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Coffer.Fastly.Ambient;
using Coffer.Fastly.Backends;
using Coffer.Fastly.Messages;

namespace Coffer.Fastly.Configuration;

/// <summary>Reads backends.</summary>
internal sealed class BackendReader(ConfigurationFiles files)
{
    public Backend Read(string name, TomlNode node)
    {
        node.RequireOnly(
            "url", "override_host", "cert_host", "use_sni", "client_certificate", "ca_certificate", "grpc", "connect_timeout_ms", "first_byte_timeout_ms",
            "between_bytes_timeout_ms", "health");
        return new Backend
        {
            Name = name,
            Url = UrlOf(node),
            OverrideHost = HostOf(node.Find("override_host")),
            CertificateHost = node.Find("cert_host")?.RequireFullText(),
            UsesSni = node.Find("use_sni")?.RequireTruth() ?? true,
            IsGrpc = node.Find("grpc")?.RequireTruth() ?? false,
            ConnectTimeout = node.Find("connect_timeout_ms")?.RequireMilliseconds(),
            FirstByteTimeout = node.Find("first_byte_timeout_ms")?.RequireMilliseconds(),
            BetweenBytesTimeout = node.Find("between_bytes_timeout_ms")?.RequireMilliseconds(),
            Health = HealthOf(node.Find("health")),
            ClientCertificate = node.Find("client_certificate") is { } certificate ? ClientCertificateOf(certificate) : null,
            Authorities = node.Find("ca_certificate") is { } authorities ? AuthoritiesOf(authorities) : null,
        };
    }

    private static Uri UrlOf(TomlNode node)
    {
        var text = node.RequireText("url");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Host.Length == 0)
        {
            throw node.Find("url")!.Wrong($"\"{text}\" is no URL of a backend; write https://example.com or http://127.0.0.1:8080/path");
        }

        return url;
    }

    private static string? HostOf(TomlNode? node)
    {
        if (node?.RequireFullText() is not { } text) return null;
        return HeaderText.IsValue(System.Text.Encoding.UTF8.GetBytes(text)) ? text : throw node.Wrong("is no value of a Host header");
    }

    private static BackendHealth HealthOf(TomlNode? node) => node?.RequireText().ToLowerInvariant() switch
    {
        null or "unknown" => BackendHealth.Unknown,
        "healthy" => BackendHealth.Healthy,
        "unhealthy" => BackendHealth.Unhealthy,
        _ => throw node.Wrong("must be unknown, healthy or unhealthy"),
    };

    private X509Certificate2 ClientCertificateOf(TomlNode node)
    {
        node.RequireOnly("certificate", "certificate_file", "key", "key_file");
        var certificate = TextOrFile(node, "certificate", "certificate_file");
        var key = TextOrFile(node, "key", "key_file");
        try
        {
            using var pem = X509Certificate2.CreateFromPem(certificate, key);
            // What TLS of some platforms takes is a certificate that holds its key.
            return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException failure)
        {
            throw node.Wrong("is no certificate with its key in PEM", failure);
        }
    }

    private X509Certificate2Collection AuthoritiesOf(TomlNode node)
    {
        var all = new X509Certificate2Collection();
        foreach (var text in TextsOf(node))
        {
            try
            {
                all.ImportFromPem(text);
            }
            catch (CryptographicException failure)
            {
                throw node.Wrong("is no certificate in PEM", failure);
            }
        }

        return all.Count > 0 ? all : throw node.Wrong("has no certificate");
    }

    private IEnumerable<string> TextsOf(TomlNode node)
    {
        if (node.Items is { } items) return items.SelectMany(TextsOf);
        if (node.Table is null) return [node.RequireFullText()];
        node.RequireOnly("file", "value");
        return [TextOrFile(node, "value", "file")];
    }

    private string TextOrFile(TomlNode node, string textKey, string fileKey)
    {
        if (node.Find(textKey) is { } text) return text.RequireFullText();
        if (node.Find(fileKey) is not { } file) throw node.Wrong($"needs \"{textKey}\" or \"{fileKey}\"");
        return FileReading.Text(files, file);
    }
}

/// <summary>Reads files that a configuration names.</summary>
internal static class FileReading
{
    public static string Text(ConfigurationFiles files, TomlNode node)
    {
        var path = node.RequireFullText();
        try
        {
            return files.ReadText(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw node.Wrong($"the file \"{path}\" cannot be read", failure);
        }
    }

    public static byte[] Bytes(ConfigurationFiles files, TomlNode node)
    {
        var path = node.RequireFullText();
        try
        {
            return files.Read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw node.Wrong($"the file \"{path}\" cannot be read", failure);
        }
    }

    /// <summary>The members of the JSON object that a file holds.</summary>
    public static Dictionary<string, System.Text.Json.JsonElement> Json(ConfigurationFiles files, TomlNode node)
    {
        var text = Text(files, node);
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, System.Text.Json.JsonElement>>(text) ?? throw node.Wrong("the file holds no JSON object");
        }
        catch (System.Text.Json.JsonException failure)
        {
            throw node.Wrong("the file holds no JSON object", failure);
        }
    }
}
