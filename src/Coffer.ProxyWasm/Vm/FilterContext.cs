namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// What a filter knows by a number: the plugin as a whole (the root), or one stream. Used while its VM is held.
/// </summary>
internal sealed class FilterContext(FilterRoot root, int id, FilterStream? stream)
{
    /// <summary>The filter that it is of.</summary>
    public FilterRoot Root => root;

    public int Id => id;

    public bool IsRoot => stream is null;

    /// <summary>The stream; null for the root.</summary>
    public FilterStream? Stream => stream;

    /// <summary>Whether the filter was told that the host is done with it, and has not said yet that it is as well.</summary>
    public bool IsDonePending { get; set; }

    public bool IsDeleted { get; set; }
}
