using System.Text;
using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Grants;
using Spectre.Console;

namespace Coffer.Cli;

/// <summary>The colour of a word in a message, by its number for terminals (ECMA-48).</summary>
internal enum WordColour
{
    Red = 91,
    Yellow = 93,
}

/// <summary>The standard streams, and whether a person watches them.</summary>
internal sealed class Terminal
{
    private TextWriter? output, error;

    public Terminal(Stream input, Stream output, Stream error)
    {
        Input = input;
        OutputStream = output;
        ErrorStream = error;
    }

    /// <summary>Standard input, for guests.</summary>
    public Stream Input { get; }

    /// <summary>Standard output, for guests and binary results.</summary>
    public Stream OutputStream { get; }

    /// <summary>Standard error, for guests.</summary>
    public Stream ErrorStream { get; }

    /// <summary>Where results go.</summary>
    public TextWriter Output => output ??= Writer(OutputStream);

    /// <summary>Where messages go.</summary>
    public TextWriter Error => error ??= Writer(ErrorStream);

    public bool InputIsTerminal { get; init; }
    public bool OutputIsTerminal { get; init; }
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether messages may be coloured.</summary>
    public bool ColoursError { get; init; }

    /// <summary>Whether results may be coloured.</summary>
    public bool ColoursOutput { get; init; }

    /// <summary>Whether progress may be shown: a person watches the messages.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess()
    {
        // https://no-color.org: any value but the empty one switches colours off.
        var wantsColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var outputIsTerminal = HostStreams.IsTerminal(StandardStream.Output);
        var errorIsTerminal = HostStreams.IsTerminal(StandardStream.Error);
        return new Terminal(HostStreams.Input(), HostStreams.Output(), HostStreams.Error())
        {
            InputIsTerminal = HostStreams.IsTerminal(StandardStream.Input),
            OutputIsTerminal = outputIsTerminal,
            ErrorIsTerminal = errorIsTerminal,
            ColoursOutput = wantsColour && outputIsTerminal,
            ColoursError = wantsColour && errorIsTerminal,
            ShowsProgress = errorIsTerminal && Environment.GetEnvironmentVariable("TERM") != "dumb",
        };
    }

    // Made when the first word is written: a run writes none as a rule.
    private static StreamWriter Writer(Stream stream) =>
        new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    /// <summary>Standard output for what only a person sees: tables.</summary>
    public IAnsiConsole OutputConsole() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = ColoursOutput ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = ColoursOutput ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Out = new AnsiConsoleOutput(Output),
    });

    /// <summary>Says in a line what went otherwise than asked.</summary>
    public void Warn(string warning)
    {
        WriteErrorWord("warning", WordColour.Yellow);
        Error.WriteLine($": {PlainText.OneLine(warning)}");
    }

    /// <summary>Writes a word of a message in a colour where a person sees it.</summary>
    public void WriteErrorWord(string word, WordColour colour) =>
        Error.Write(ColoursError ? $"\u001b[1;{(int)colour}m{word}\u001b[0m" : word);
}
