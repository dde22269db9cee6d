using System.Text;

namespace Coffer.Fastly.Configuration;

/// <summary>A place that requests can be sent through. Immutable.</summary>
/// <param name="Unencrypted">Where it is reached without TLS; null for the place where the program runs.</param>
/// <param name="Encrypted">Where it is reached with TLS; null for the place where the program runs.</param>
public sealed record ShieldingSite(Uri? Unencrypted, Uri? Encrypted)
{
    /// <summary>Whether a URL is one of its.</summary>
    public bool Leads(Uri url) => url == Unencrypted || url == Encrypted;

    /// <summary>A byte that says whether it is here, and the two URLs, each with a zero behind it.</summary>
    internal byte[] ToInfo() =>
        [(byte)(Unencrypted is null ? 1 : 0), .. Encoding.UTF8.GetBytes(Unencrypted?.ToString() ?? ""), 0, .. Encoding.UTF8.GetBytes(Encrypted?.ToString() ?? ""), 0];
}
