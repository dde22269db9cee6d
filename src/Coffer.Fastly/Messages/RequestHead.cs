namespace Coffer.Fastly.Messages;

/// <summary>Versions of HTTP; the numbers are the ABI's.</summary>
internal enum GuestHttpVersion
{
    Http09 = 0,
    Http10 = 1,
    Http11 = 2,
    Http2 = 3,
    Http3 = 4,
}

/// <summary>A request without its body, as a guest makes and reads it.</summary>
internal sealed class RequestHead(int maximumHeaderBytes)
{
    public string Method { get; set; } = "GET";

    /// <summary>Absolute, or a path.</summary>
    public string Uri { get; set; } = "/";

    public GuestHttpVersion Version { get; set; } = GuestHttpVersion.Http11;

    public HeaderList Headers { get; init; } = new(maximumHeaderBytes);

    /// <summary>Where it came from; null for one that the guest made.</summary>
    public DownstreamRequest? Downstream { get; init; }

    /// <summary>The headers as they came, whatever the guest has done to them since.</summary>
    public HeaderList? OriginalHeaders { get; init; }

    /// <summary>Whether the response is to be decompressed if it is gzip.</summary>
    public bool DecompressesGzip { get; set; }

    /// <summary>Whether the lengths that the headers say are to be sent as they are.</summary>
    public bool HasManualFraming { get; set; }

    /// <summary>Whether caches are to be passed.</summary>
    public bool IsPass { get; set; }
}

/// <summary>A response without its body, as a guest makes and reads it.</summary>
internal sealed class ResponseHead(int maximumHeaderBytes)
{
    public int Status { get; set; } = 200;

    public GuestHttpVersion Version { get; set; } = GuestHttpVersion.Http11;

    public HeaderList Headers { get; init; } = new(maximumHeaderBytes);

    public bool HasManualFraming { get; set; }
}
