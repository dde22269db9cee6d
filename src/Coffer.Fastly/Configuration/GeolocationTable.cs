using System.Net;

namespace Coffer.Fastly.Configuration;

/// <summary>Where addresses are, as JSON in the form of Fastly's geolocation. Immutable.</summary>
/// <param name="Addresses">JSON by address.</param>
/// <param name="UsesDefaultLoopback">Whether loopback addresses that are not in the table are in a place of their own.</param>
public sealed record GeolocationTable(IReadOnlyDictionary<IPAddress, string> Addresses, bool UsesDefaultLoopback)
{
    // What local tests see.
    private const string Loopback = """
        {"area_code":415,"as_name":"Fastly, Inc","as_number":54113,"city":"San Francisco","conn_speed":"broadband","conn_type":"wired","continent":"NA","country_code":"US","country_code3":"USA","country_name":"United States of America","latitude":37.77869,"longitude":-122.39557,"metro_code":0,"postal_code":"94107","proxy_description":"?","proxy_type":"?","region":"CA","utc_offset":-700}
        """;

    /// <summary>A table without addresses.</summary>
    public static GeolocationTable Empty { get; } = new(new Dictionary<IPAddress, string>(), true);

    /// <summary>Where an address is; null when nobody knows.</summary>
    public string? Find(IPAddress address) =>
        Addresses.TryGetValue(address, out var place) ? place : UsesDefaultLoopback && IPAddress.IsLoopback(address) ? Loopback : null;
}
