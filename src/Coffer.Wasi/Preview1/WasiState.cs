using Coffer.Capabilities;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>What one guest has: made from the options, used by all functions.</summary>
internal sealed class WasiState : IDisposable
{
    public WasiState(WasiOptions options)
    {
        var time = options.RealClock ?? HostSources.Time;
        Authority = new Authority(new CapabilityGate(
            options.Capabilities, options.Audit, options.Run, options.ProgramName, time)
        {
            Backtrace = () => [.. Caller.CaptureStackTrace().Select(frame => frame.ToString())],
            Cancellation = options.Cancellation,
        });
        var grants = options.Capabilities.Grants;
        var arguments = grants.OfType<ArgumentGrant>().ToList();
        var variables = grants.OfType<EnvironmentGrant>().ToList();
        Arguments = new StringList(
            [options.ProgramName, .. arguments.Select(argument => argument.Value)],
            "An argument",
            () => Authority.Use("args_get", arguments.Select((argument, i) => ((Grant)argument, $"argument {i + 1}"))));
        Environment = new StringList(
            variables.Select(variable => variable.ToString()),
            "The environment",
            () => Authority.Use("environ_get", variables.Select(variable => ((Grant)variable, variable.Name))));
        Clock = new Clock(Authority, options.RealClock);
        Process = new Process(Authority, options.RealRandom);
        Descriptors = new DescriptorTable(options.MaxDescriptors);
        Streams = OpenStreams(options);
        AddStreams();
        var clock = Clock.ProviderOf(Preview1.Clock.Realtime);
        foreach (var directory in HostDirectory.OpenAll(options.Capabilities, options.HostFolder, clock, options.RootWitness))
        {
            Add(directory);
        }
    }

    public Authority Authority { get; }

    public StringList Arguments { get; }

    public StringList Environment { get; }

    public Clock Clock { get; }

    public Process Process { get; }

    public StandardStreams Streams { get; }

    public DescriptorTable Descriptors { get; }

    /// <summary>Hands what the guest wrote on to where it goes.</summary>
    public void Flush() => Streams.Flush();

    public void Dispose()
    {
        Flush();
        Descriptors.Dispose();
    }

    private StandardStreams OpenStreams(WasiOptions options)
    {
        var output = new StreamHandle(
            options.StandardOutput, options.Terminals.HasFlag(TerminalStreams.Output), flushEveryWrite: false);
        var error = new StreamHandle(
            options.StandardError, options.Terminals.HasFlag(TerminalStreams.Error), flushEveryWrite: true);
        var input = new StreamHandle(
            options.StandardInput, options.Terminals.HasFlag(TerminalStreams.Input), flushEveryWrite: false, output);
        return new StandardStreams(Authority, input, output, error);
    }

    private void AddStreams()
    {
        Descriptors.Add(new DescriptorEntry(Streams.Handles[0], Rights.Stream & ~Rights.FdWrite));
        Descriptors.Add(new DescriptorEntry(Streams.Handles[1], Rights.Stream & ~Rights.FdRead));
        Descriptors.Add(new DescriptorEntry(Streams.Handles[2], Rights.Stream & ~Rights.FdRead));
    }

    private void Add(GrantedDirectory directory) =>
        Descriptors.Add(new DescriptorEntry(directory.Handle, Rights.Directory, Rights.Directory | Rights.File)
        {
            Grant = directory.Grant,
            GuestPath = System.Text.Encoding.UTF8.GetBytes(directory.GuestPath),
            IsPreopened = true,
        });
}
