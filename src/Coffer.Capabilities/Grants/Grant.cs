namespace Coffer.Capabilities.Grants;

/// <summary>
/// One piece of authority that an operator gives to a guest. Immutable, compared by value. Its text
/// (<see cref="object.ToString"/>) is the same wherever grants are written: after an option of the command, in a
/// manifest, as the rule of a decision, and as the remedy of a refusal.
/// </summary>
public abstract record Grant
{
    private protected Grant()
    {
    }

    /// <summary>What kind of authority it is.</summary>
    public abstract CapabilityKind Kind { get; }

    /// <summary>The grant as a rule in an audit trail and for people, such as <c>--dir ./data::/data:ro</c>.</summary>
    public string Rule => $"{GrantSyntax.Of(Kind).Option} {this}";

    /// <summary>
    /// The rule for an audit trail, which more people read than set it up: without values that may be secret.
    /// </summary>
    public string AuditRule => this switch
    {
        EnvironmentGrant variable => $"{GrantSyntax.Of(Kind).Option} {variable.Name}=…",
        ArgumentGrant => $"{GrantSyntax.Of(Kind).Option} …",
        _ => Rule,
    };

    /// <summary>
    /// Whether its text gives this grant and no other one when it is read. Names may contain what the syntax uses, and the
    /// names of what a guest asks for are the guest's.
    /// </summary>
    public bool HasText
    {
        get
        {
            try
            {
                return GrantSyntax.Of(Kind).Parse(ToString()!) == this;
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// The part of this grant that another one gives as well; null when they have nothing in common. Never more than
    /// either.
    /// </summary>
    internal abstract Grant? Intersect(Grant other);
}
