using System.Text;
using Coffer.Capabilities;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>What one guest has: made from the options, used by all functions.</summary>
internal sealed class WasiState : IDisposable
{
    private GuestFunctions? functions, unstableFunctions;

    public WasiState(WasiOptions options, IReadOnlyList<GrantedDirectory>? directories = null)
    {
        var time = options.RealClock ?? HostSources.Time;
        Authority = new Authority(new CapabilityGate(
            options.Capabilities, options.Audit, options.Run, options.ProgramName, time)
        {
            Backtrace = () => [.. Caller.CaptureStackTrace().Select(frame => frame.ToString())],
            Cancellation = options.Cancellation,
        });
        var grants = options.Capabilities;
        var arguments = grants.Of<ArgumentGrant>();
        var variables = grants.Of<EnvironmentGrant>();
        Arguments = new StringList(
            [options.ProgramName, .. Array.ConvertAll(arguments, argument => argument.Value)],
            "An argument",
            () =>
            {
                for (var i = 0; i < arguments.Length; i++) Authority.Use("args_get", arguments[i], $"argument {i + 1}");
            });
        Environment = new StringList(
            Array.ConvertAll(variables, variable => variable.ToString()),
            "The environment",
            () =>
            {
                foreach (var variable in variables) Authority.Use("environ_get", variable, variable.Name);
            },
            options.Variables);
        Clock = new Clock(Authority, options.RealClock);
        Process = new Process(Authority, options.RealRandom);
        Quotas = new QuotaMeter(options.Quotas, Authority);
        Descriptors = new DescriptorTable(options.Quotas.Handles);
        Streams = OpenStreams(options);
        Io = new FileIo(this);
        Threads = new GuestThreads(this);
        AddStreams();
        var clock = Clock.ProviderOf(Preview1.Clock.Realtime);
        // Guests know a socket by its number: the first after the directories that they were granted, and no other.
        var hasWitness = options.RootWitness && grants.Of<TcpListenGrant>().Length == 0;
        directories ??= HostDirectory.OpenAll(options.Capabilities, options.HostFolder, clock, hasWitness);
        foreach (var directory in directories) Add(directory);

        try
        {
            AddListeners();
        }
        catch
        {
            Descriptors.Dispose();
            throw;
        }

        Descriptors.BeginWithThese();
    }

    // Where a grant names more than one address or port, WASI 0.1 has no way to choose one.
    private void AddListeners()
    {
        foreach (var grant in Authority.Capabilities.Of<TcpListenGrant>())
        {
            if (grant.EndPoint is not { } address) continue;
            var listener = HostSockets.Listen(address);
            Descriptors.Add(new DescriptorEntry(listener, Rights.Listener)
            {
                Grant = grant,
                GuestPath = Encoding.UTF8.GetBytes(listener.Address),
            });
        }
    }

    public Authority Authority { get; }

    public StringList Arguments { get; }

    public StringList Environment { get; }

    public Clock Clock { get; }

    public Process Process { get; }

    public StandardStreams Streams { get; }

    public DescriptorTable Descriptors { get; }

    public QuotaMeter Quotas { get; }

    public FileIo Io { get; }

    public GuestThreads Threads { get; }

    /// <summary>The functions of <c>wasi_snapshot_preview1</c>.</summary>
    public GuestFunctions Functions => functions ??= new GuestFunctions(this, isUnstable: false);

    /// <summary>The functions of <c>wasi_unstable</c>.</summary>
    public GuestFunctions UnstableFunctions => unstableFunctions ??= new GuestFunctions(this, isUnstable: true);

    /// <summary>What every call passes, and where calls wait.</summary>
    public CallGate Gate { get; } = new();

    /// <summary>Whether another descriptor may be opened; records it when not.</summary>
    public bool HasRoom(string operation)
    {
        if (Descriptors.HasRoom) return true;
        Quotas.Record("handles", operation, null);
        return false;
    }

    /// <summary>Hands what the guest wrote on to where it goes.</summary>
    public void Flush() => Streams.Flush();

    public void Dispose()
    {
        _ = Threads.End();
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
        Descriptors.Add(new DescriptorEntry(Streams.Handles[0], Rights.Stream & ~Rights.FdWrite) { GuestPath = [.. "stdin"u8] });
        Descriptors.Add(new DescriptorEntry(Streams.Handles[1], Rights.Stream & ~Rights.FdRead) { GuestPath = [.. "stdout"u8] });
        Descriptors.Add(new DescriptorEntry(Streams.Handles[2], Rights.Stream & ~Rights.FdRead) { GuestPath = [.. "stderr"u8] });
    }

    private void Add(GrantedDirectory directory) =>
        Descriptors.Add(new DescriptorEntry(directory.Handle, Rights.Directory, Rights.Directory | Rights.File)
        {
            Grant = directory.Grant,
            GuestPath = Encoding.UTF8.GetBytes(directory.GuestPath),
            IsPreopened = true,
        });
}
