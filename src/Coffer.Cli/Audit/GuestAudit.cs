using Coffer.Capabilities.Audit;
using Coffer.Capabilities.Manifests;
using Coffer.Native;

namespace Coffer.Cli.Audit;

/// <summary>The audit trail of one run of the command, and the guest's streams as far as messages share them.</summary>
internal sealed class GuestAudit : IDisposable
{
    private static readonly TimeSpan LearningWait = TimeSpan.FromMinutes(1);
    private readonly Terminal terminal;
    private readonly AuditSettings settings;

    /// <summary>Opens the file.</summary>
    /// <param name="context">The world around the command.</param>
    /// <param name="settings">What is recorded and shown.</param>
    /// <param name="learning">What must not miss anything; null for nothing.</param>
    /// <exception cref="CommandFailure">It cannot be written, or there is nothing to be strict about.</exception>
    public GuestAudit(CommandContext context, AuditSettings settings, AuditSink? learning)
    {
        if (settings is { IsStrict: true, File: null })
        {
            throw CommandFailure.Usage("a strict audit needs a file to record to", "say where: --audit FILE");
        }

        terminal = context.Terminal;
        this.settings = settings;
        StandardOutput = terminal.OutputStream;
        StandardError = terminal.ErrorStream;
        var sinks = new List<AuditSink>();
        if (settings.File is { } file) sinks.Add(OpenFile(context, file));

        // What is written to standard error for programs is not mixed with what is written there for people.
        if (!settings.QuietDenials && settings.File != HostFiles.StandardStream)
        {
            var screen = new SharedScreen();
            StandardError = screen.Watch(StandardError);
            if (terminal.OutputIsTerminal && terminal.ErrorIsTerminal) StandardOutput = screen.Watch(StandardOutput);
            sinks.Add(new DenialReport(terminal, screen));
        }

        if (learning is not null) sinks.Add(learning);
        if (sinks.Count == 0) return;
        var options = new AuditOptions { IsStrict = settings.IsStrict || learning is not null };
        if (learning is not null) options = options with { MaximumWait = LearningWait, MaximumFlush = LearningWait };
        Trail = new AuditTrail(sinks, options);
    }

    /// <summary>The trail; null when nothing is recorded or shown.</summary>
    public AuditTrail? Trail { get; }

    /// <summary>The name of the run in the trail.</summary>
    public string Run { get; } = Hexadecimal.Of(Guid.NewGuid().ToByteArray().AsSpan(0, 6));

    /// <summary>Where the guest's standard output goes.</summary>
    public Stream StandardOutput { get; }

    /// <summary>Where the guest's standard error goes.</summary>
    public Stream StandardError { get; }

    /// <summary>Writes what is left, and says when not everything could be recorded.</summary>
    /// <exception cref="CommandFailure">That was so, and recording is strict.</exception>
    public void Close()
    {
        if (Trail is null) return;
        Trail.Dispose();
        if (Trail.Dropped == 0 || settings.File is null) return;
        var reason = Trail.Failure is { } failure ? PlainText.OneLine(failure.Message) : "there were too many at a time";
        var message = $"{Trail.Dropped} decisions were not recorded in \"{settings.File}\": {reason}";
        if (settings.IsStrict) throw new CommandFailure(ExitCode.Audit, message);
        terminal.Error.WriteLine($"coffer: {PlainText.OneLine(message)}");
    }

    /// <summary>Writes what is left.</summary>
    public void Dispose() => Trail?.Dispose();

    private static JsonLinesSink OpenFile(CommandContext context, string file) => file == HostFiles.StandardStream
        ? new JsonLinesSink(context.Terminal.ErrorStream, leaveOpen: true)
        : new JsonLinesSink(context.Files.OpenAppend(file));
}
