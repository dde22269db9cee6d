namespace Coffer.Benchmarks.Guests;

/// <summary>How <see cref="Guest"/> runs a program.</summary>
internal sealed record GuestOptions
{
    public MemoryMode Memory { get; init; } = MemoryMode.Guarded;

    /// <summary>Machine code made ahead of time, kept in <see cref="CacheFolder"/>, instead of by the JIT compiler.</summary>
    public bool IsAhead { get; init; }

    public bool ConsumesFuel { get; init; }

    public bool IsInterruptible { get; init; } = true;

    /// <summary>Compile only, again and again.</summary>
    public bool IsCompiling { get; init; }

    public string? CacheFolder { get; init; }

    /// <summary>Where standard output of the program goes; its errors go to the same with <c>.err</c> behind.</summary>
    public required string Output { get; init; }

    /// <summary>For how many milliseconds it is measured at least, in twenty runs at most.</summary>
    public required double Budget { get; init; }

    public required string File { get; init; }

    public required string[] Arguments { get; init; }

    /// <summary>Reads <c>[--aot] [--checked] [--fuel] [--no-interrupt] [--compile] [--cache DIR] OUTPUT BUDGET FILE [ARG…]</c>.</summary>
    public static GuestOptions Parse(string[] words)
    {
        var flags = new List<string>();
        string? cache = null;
        var rest = words.AsSpan();
        while (rest is [['-', '-', .. var flag], ..])
        {
            if (flag == "cache")
            {
                cache = rest[1];
                rest = rest[1..];
            }

            flags.Add(flag);
            rest = rest[1..];
        }

        if (rest.Length < 3) throw new ArgumentException("usage: guest [OPTION…] OUTPUT BUDGET FILE [ARG…]", nameof(words));
        return new GuestOptions
        {
            Memory = flags.Contains("checked") ? MemoryMode.Checked : MemoryMode.Guarded,
            IsAhead = flags.Contains("aot"),
            ConsumesFuel = flags.Contains("fuel"),
            IsInterruptible = !flags.Contains("no-interrupt"),
            IsCompiling = flags.Contains("compile"),
            CacheFolder = cache,
            Output = rest[0],
            Budget = double.Parse(rest[1], System.Globalization.CultureInfo.InvariantCulture),
            File = rest[2],
            Arguments = rest[3..].ToArray(),
        };
    }
}
