namespace Coffer;

/// <summary>
/// Who called a host function. A delegate whose first parameter has this type gets it; that parameter is no part of the
/// function's wasm type. As single-threaded as the store.
/// </summary>
public readonly struct Caller
{
    private readonly Instance? instance;

    internal Caller(Instance? instance) => this.instance = instance;

    /// <summary>The instance that imported the function.</summary>
    /// <exception cref="InvalidOperationException">The function was called by the host, through no import.</exception>
    public Instance Instance => instance ?? throw new InvalidOperationException("The host function was not called through an import.");

    /// <summary>The store.</summary>
    public Store Store => Instance.Store;

    /// <summary>The memory that the instance exports as <c>memory</c>.</summary>
    /// <exception cref="KeyNotFoundException">It exports none.</exception>
    public Memory Memory => Instance.GetMemory();

    /// <summary>
    /// Where the guests are that called the running host function: their frames on this thread, innermost first; empty
    /// when the host was called by none. For messages and records: it costs some microseconds a frame.
    /// </summary>
    public static IReadOnlyList<WasmFrame> CaptureStackTrace() => Diagnostics.WasmStackTrace.OfThisThread();

    /// <summary>
    /// The guests' frames through which an exception has passed, innermost first: one of a host function does not tell
    /// itself who had called.
    /// </summary>
    public static IReadOnlyList<WasmFrame> StackTraceOf(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return Diagnostics.WasmStackTrace.Collect(exception);
    }
}
