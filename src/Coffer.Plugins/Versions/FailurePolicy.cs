namespace Coffer.Plugins.Versions;

/// <summary>What happens to a call whose plugin, filter or policy failed. The words are Envoy's.</summary>
public enum FailurePolicy
{
    /// <summary>The call fails, and so do later ones while there is nothing to serve them.</summary>
    FailClosed,

    /// <summary>The call goes on as if there were no plugin.</summary>
    FailOpen,

    /// <summary>The call fails; what failed is started again, at most as often as its <see cref="RestartBackoff"/> allows.</summary>
    FailReload,
}
