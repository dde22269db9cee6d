namespace Coffer.Capabilities;

/// <summary>
/// A second look at everything that is opened, by another way than the one it was found by. Off, because it costs more
/// than opening; the tests of this project have it on by the switch <c>Coffer.Capabilities.SelfCheck</c>.
/// </summary>
internal static class SelfCheck
{
    /// <summary>Whether it is on.</summary>
    public static bool IsOn { get; } = AppContext.TryGetSwitch("Coffer.Capabilities.SelfCheck", out var isOn) && isOn;
}
