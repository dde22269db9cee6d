namespace Coffer.Plugins.Running;

/// <summary>Why a call was ended.</summary>
internal enum Interruption
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It took too long.</summary>
    Deadline,

    /// <summary>Its caller cancelled it.</summary>
    Caller,

    /// <summary>Its version was replaced, and the drain time has passed.</summary>
    Replaced,
}
