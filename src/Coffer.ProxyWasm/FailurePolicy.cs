namespace Coffer.ProxyWasm;

/// <summary>What becomes of requests while a filter does not work: it trapped, looped, or does not start.</summary>
public enum FailurePolicy
{
    /// <summary>They are refused.</summary>
    Closed,
    /// <summary>They pass as if the filter was not there.</summary>
    Open,
    /// <summary>The next one waits for a new VM; it is refused while one may not be made yet, or does not start.</summary>
    Reload,
}
