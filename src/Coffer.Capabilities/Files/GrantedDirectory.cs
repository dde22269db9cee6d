using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Files;

/// <summary>
/// A directory that is open for a guest from the start. The grant is null where the directory only holds what other
/// grants give; what is asked for through it is then looked for among all grants.
/// </summary>
internal sealed record GrantedDirectory(string GuestPath, DirectoryHandle Handle, DirectoryGrant? Grant);
