using Coffer.Capabilities;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;
using Coffer.Wasi;
using Microsoft.Extensions.Logging;

namespace Coffer.ProxyWasm.Vm;

/// <summary>
/// WASI for a filter: clocks, random numbers and the variables it was given. No files and no network; what it prints is
/// logged.
/// </summary>
internal sealed class WasiEnvironment : IDisposable
{
    private readonly WasiHost host;

    public WasiEnvironment(FilterOptions options, Func<FilterLog> log, TimeProvider time) => host = new WasiHost(new WasiOptions
    {
        ProgramName = options.Name,
        Capabilities = new CapabilitySet(
        [
            new ClockGrant(GuestClock.Wall),
            new ClockGrant(GuestClock.Monotonic),
            new RandomGrant(),
            new StreamGrant(StandardStream.Output),
            new StreamGrant(StandardStream.Error),
            .. options.Environment.Select(pair => new EnvironmentGrant(pair.Key, pair.Value)),
        ]),
        StandardOutput = new LineStream(line => log().Write(LogLevel.Information, line)),
        StandardError = new LineStream(line => log().Write(LogLevel.Error, line)),
        RealClock = time,
        RootWitness = false,
    });

    public void Attach(Store store) => host.Attach(store);

    public void Dispose() => host.Dispose();
}
