namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// What a filter knows by a number: the plugin as a whole (the root), or one stream. Used while its VM is held.
/// </summary>
internal sealed class FilterContext(FilterVm vm, int id, FilterContext? root, FilterStream? stream)
{
    public FilterVm Vm => vm;

    public int Id => id;

    /// <summary>The context of the plugin; itself, when it is that.</summary>
    public FilterContext Root => root ?? this;

    public bool IsRoot => root is null;

    /// <summary>The stream; null for the root.</summary>
    public FilterStream? Stream => stream;

    /// <summary>Whether the filter was told that the host is done with it, and has not said yet that it is as well.</summary>
    public bool IsDonePending { get; set; }

    public bool IsDeleted { get; set; }
}
