using System.Diagnostics.CodeAnalysis;
using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Decisions;

/// <summary>The answer to an <see cref="AccessRequest"/>: allowed by a grant, or denied for a reason.</summary>
public readonly struct Decision
{
    private Decision(Grant? grant, Denial? denial)
    {
        Grant = grant;
        Denial = denial;
    }

    /// <summary>The grant that allows it; null when it is denied.</summary>
    public Grant? Grant { get; }

    /// <summary>Why it is denied, and what would allow it; null when it is allowed.</summary>
    public Denial? Denial { get; }

    /// <summary>Whether it is allowed.</summary>
    [MemberNotNullWhen(true, nameof(Grant))]
    [MemberNotNullWhen(false, nameof(Denial))]
    public bool IsAllowed => Denial is null;

    internal static Decision Allowed(Grant grant) => new(grant, null);

    internal static Decision Denied(Denial denial) => new(null, denial);
}
