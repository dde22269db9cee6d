namespace Coffer.ProxyWasm.Testing;

/// <summary>What became of a stream when a filter was shown something of it.</summary>
public enum FilterAction
{
    /// <summary>It goes on.</summary>
    Continue,

    /// <summary>It waits until the filter continues it.</summary>
    Pause,

    /// <summary>It was answered: by the filter, or by the host in the place of a filter that failed.</summary>
    Answer,

    /// <summary>It ends without an answer.</summary>
    Reset,
}

/// <summary>A filter under test does not do what it should, or a test asks for what no host would do.</summary>
public sealed class FilterAssertionException(string message) : Exception(message);
