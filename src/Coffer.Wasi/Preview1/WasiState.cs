using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>What one guest has: made from the options, used by all functions.</summary>
internal sealed class WasiState : IDisposable
{
    private readonly StreamHandle output;
    private readonly StreamHandle error;

    public WasiState(WasiOptions options)
    {
        Arguments = new StringList(options.Arguments, "An argument");
        Environment = new StringList(options.Environment.Select(pair => $"{pair.Key}={pair.Value}"), "The environment");
        Clock = new Clock(options.Clock);
        Process = new Process(options.Random);
        Descriptors = new DescriptorTable(options.MaxDescriptors);
        output = new StreamHandle(
            options.StandardOutput, options.Terminals.HasFlag(TerminalStreams.Output), flushEveryWrite: false);
        error = new StreamHandle(
            options.StandardError, options.Terminals.HasFlag(TerminalStreams.Error), flushEveryWrite: true);
        var input = new StreamHandle(
            options.StandardInput, options.Terminals.HasFlag(TerminalStreams.Input), flushEveryWrite: false, output);
        Descriptors.Add(new DescriptorEntry(input, Rights.Stream & ~Rights.FdWrite));
        Descriptors.Add(new DescriptorEntry(output, Rights.Stream & ~Rights.FdRead));
        Descriptors.Add(new DescriptorEntry(error, Rights.Stream & ~Rights.FdRead));
        try
        {
            foreach (var directory in options.Directories) Descriptors.Add(Open(directory));
        }
        catch
        {
            Descriptors.Dispose();
            throw;
        }
    }

    public StringList Arguments { get; }

    public StringList Environment { get; }

    public Clock Clock { get; }

    public Process Process { get; }

    public DescriptorTable Descriptors { get; }

    /// <summary>Hands what the guest wrote on to where it goes.</summary>
    public void Flush()
    {
        _ = output.Flush();
        _ = error.Flush();
    }

    public void Dispose()
    {
        Flush();
        Descriptors.Dispose();
    }

    private static DescriptorEntry Open(PreopenedDirectory preopened) =>
        new(
            HostDirectory.Open(preopened.HostPath, preopened.ReadOnly),
            Rights.Directory,
            Rights.Directory | Rights.File)
        {
            PreopenName = Encoding.UTF8.GetBytes(preopened.GuestPath),
        };
}
