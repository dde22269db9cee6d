using Coffer.Capabilities;
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
        StandardOutput = new LogStream(log, LogLevel.Information),
        StandardError = new LogStream(log, LogLevel.Error),
        RealClock = time,
        RootWitness = false,
    });

    public void Attach(Store store) => host.Attach(store);

    public void Dispose() => host.Dispose();

    /// <summary>Logs each line that is written; a write that ends in the middle of one ends it.</summary>
    private sealed class LogStream(Func<FilterLog> log, LogLevel level) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (buffer.Length > 0)
            {
                var end = buffer.IndexOf((byte)'\n');
                var line = end < 0 ? buffer : buffer[..end];
                if (line.Length > 0) log().Write(level, line);
                buffer = end < 0 ? default : buffer[(end + 1)..];
            }
        }
    }
}
