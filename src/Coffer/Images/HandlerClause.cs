namespace Coffer.Images;

/// <summary>What a region of a method does with exceptions, by the numbers of II.25.4.6.</summary>
internal enum HandlerKind
{
    Catch = 0,
    Filter = 1,
    Finally = 2,
}

/// <summary>A region of a method that does something with exceptions, and the handler.</summary>
internal readonly record struct HandlerClause(int TryStart, int TryEnd, int HandlerStart, int HandlerEnd)
{
    public HandlerKind Kind { get; init; }

    /// <summary>Where the filter begins.</summary>
    public int FilterStart { get; init; }

    /// <summary>The type that is caught.</summary>
    public int CatchToken { get; init; }
}
