using System.Net;

namespace Coffer.Fastly.Configuration;

/// <summary>An entry of an access control list. Immutable.</summary>
/// <param name="Network">The addresses.</param>
/// <param name="Action">What is to be done with them, such as <c>BLOCK</c>.</param>
public sealed record AccessListEntry(IPNetwork Network, string Action)
{
    /// <summary>The addresses as text.</summary>
    public string Prefix => Network.ToString();
}

/// <summary>What is to be done with clients by their addresses. Immutable.</summary>
/// <param name="Entries">The entries.</param>
public sealed record AccessList(IReadOnlyList<AccessListEntry> Entries)
{
    /// <summary>The entry with the longest prefix that has the address; of several, the last.</summary>
    public AccessListEntry? Find(IPAddress address)
    {
        AccessListEntry? best = null;
        foreach (var entry in Entries)
        {
            if (entry.Network.Contains(address) && (best is null || entry.Network.PrefixLength >= best.Network.PrefixLength)) best = entry;
        }

        return best;
    }
}
