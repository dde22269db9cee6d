using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Tests;

/// <summary>Runs a program and keeps what it wrote.</summary>
internal static class Guest
{
    public static Engine Engine { get; } = new();

    /// <summary>Streams, real clocks and random numbers.</summary>
    public static CapabilitySet Capabilities { get; } = new(
        new StreamGrant(StandardStream.Input),
        new StreamGrant(StandardStream.Output),
        new StreamGrant(StandardStream.Error),
        new ClockGrant(GuestClock.Wall),
        new ClockGrant(GuestClock.Monotonic),
        new RandomGrant());

    public static GuestResult Run(byte[] module, WasiOptions options, string name = "guest")
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var wasi = new WasiHost(options with
        {
            StandardOutput = output,
            StandardError = error,
        });
        using var store = new Store(Engine);
        store.SetDeadline(TimeSpan.FromSeconds(60));
        var instance = wasi.AddTo(new Linker()).Instantiate(store, Module.Compile(Engine, module, name));
        uint code;
        var trap = "";
        try
        {
            code = wasi.Run(instance);
        }
        catch (TrapException exception)
        {
            code = 134;
            trap = exception.ToString();
        }

        return new GuestResult(code, Text(output), Text(error) + trap);
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
}

internal sealed record GuestResult(uint ExitCode, string Output, string Error);
