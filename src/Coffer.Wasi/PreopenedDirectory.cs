namespace Coffer.Wasi;

/// <summary>A directory of the host that a guest may use, with everything below it and nothing else.</summary>
/// <param name="HostPath">Where it is on the host. The guest never learns it.</param>
/// <param name="GuestPath">The name the guest knows it by, such as <c>/</c> or <c>/data</c>.</param>
/// <param name="ReadOnly">Whether everything that would change the directory or a file is refused.</param>
public sealed record PreopenedDirectory(string HostPath, string GuestPath, bool ReadOnly = false);
