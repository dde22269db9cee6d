using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Coffer.Cli.Commands;
using Coffer.Cli.Running;

namespace Coffer.Cli.Tests.Running;

/// <summary>What is read without the parser is what the parser reads.</summary>
public sealed class RunLineTests
{
    private static readonly CommandContext Context =
        new(new Terminal(Stream.Null, Stream.Null, Stream.Null), new HostFiles("/"), CancellationToken.None);

    // What the parser says of the forms of lines; whether values are right is another question.
    private static ParseResult Parse(params string[] line)
    {
        var root = new RootCommand { RunCommand.Create(Context) };
        return root.Parse(GuestArguments.Separate(line, root), new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
    }

    private static void ReadsWhatTheParserReads(params string[] line)
    {
        var read = RunLine.Read(line);
        Assert.NotNull(read);
        var parsed = Parse(line);
        Assert.Empty(parsed.UnmatchedTokens);
        Assert.Equal(parsed.GetValue<string>("file"), read.File);
        Assert.Equal(parsed.GetValue<string[]>("arguments") ?? [], read.Words);
        foreach (var option in parsed.CommandResult.Command.Options)
        {
            var given = parsed.GetResult(option) is { Implicit: false } result ? result : null;
            var mine = read.Options.Where(other => other.Option.Name == option.Name).ToList();
            Assert.Equal(given?.IdentifierTokenCount ?? 0, mine.Count);
            Assert.Equal(given?.Tokens.Select(token => token.Value) ?? [], mine.Where(other => other.Option.TakesValue).Select(other => other.Value));
        }
    }

    [Fact]
    public void Options_AreThoseOfTheParser()
    {
        var options = new RootCommand { RunCommand.Create(Context) }.Subcommands[0].Options.Where(option => option is not HelpOption);
        Assert.Equal(
            options.Select(option => (
                option.Name, TakesValue: option is not Option<bool>, Repeats: option.Arity.MaximumNumberOfValues > 1)).Order(),
            RunOption.All.Select(option => (option.Name, option.TakesValue, option.Repeats)).Order());
        Assert.All(options, option => Assert.Empty(option.Aliases));
        Assert.All(options, option => Assert.False(option.AllowMultipleArgumentsPerToken));
        Assert.Equal(["-?", "-h", "/?", "/h"], new HelpOption().Aliases.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("a.wasm")]
    [InlineData("a.wasm", "--help", "--", "two words", "")]
    [InlineData("--", "a.wasm", "--", "-h")]
    [InlineData("--dir", ".", "a.wasm", "--dir", "x")]
    [InlineData("--dir", ".", "--", "a.wasm")]
    [InlineData("--dir=.::/x:ro", "--dir:.", "--dir", "y", "a.wasm")]
    [InlineData("--env=A=B:C", "--env:D=E", "--env", "F=", "a.wasm")]
    [InlineData("--dir", "run", "run")]
    [InlineData("--dir", "a.wasm", "@a.wasm")]
    [InlineData("--dir", "@x", "--timeout", "[1s]", "a.wasm")]
    [InlineData("--timeout", "not a time", "--dir", "ü\t'\"", "a.wasm")]
    [InlineData("--quiet-denials", "true")]
    [InlineData("--prepare", "a.wasm", "--prepare")]
    [InlineData("--cache=off", "--fuel", "7", "--memory", "checked", "a.wasm")]
    [InlineData("--invoke", "f", "--preload", "a=b", "--preload", "c=d", "--audit", "x", "--audit-strict", "a.wasm", "1")]
    [InlineData("--dir", "=", "--env", ":", "a=b.wasm")]
    public void Read_WholeLine_IsWhatTheParserReads(params string[] line) => ReadsWhatTheParserReads(["run", .. line]);

    [Fact]
    public void Read_EachOption_IsWhatTheParserReads()
    {
        foreach (var option in RunOption.All.Where(option => option.Scope != RunOptionScope.Parser))
        {
            if (!option.TakesValue)
            {
                ReadsWhatTheParserReads("run", option.Name, "a.wasm", "x");
                continue;
            }

            ReadsWhatTheParserReads("run", option.Name, "value", "a.wasm", "x");
            ReadsWhatTheParserReads("run", option.Name + "=value", "a.wasm");
            if (option.Repeats) ReadsWhatTheParserReads("run", option.Name, "1", option.Name + ":2", option.Name, "3", "a.wasm");
            else Assert.Null(RunLine.Read(["run", option.Name, "1", option.Name, "2", "a.wasm"]));
        }
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("run", "")]
    [InlineData("run", "-")]
    [InlineData("run", "--")]
    [InlineData("run", "--", "-a.wasm")]
    [InlineData("run", "--help")]
    [InlineData("run", "-h", "a.wasm")]
    [InlineData("run", "--dir")]
    [InlineData("run", "--dir", ".")]
    [InlineData("run", "--dir", "", "a.wasm")]
    [InlineData("run", "--dir=", "a.wasm")]
    [InlineData("run", "--dir", "--env", "A=B", "a.wasm")]
    [InlineData("run", "--dir", "/h", "a.wasm")]
    [InlineData("run", "--dirs", ".", "a.wasm")]
    [InlineData("run", "--Dir", ".", "a.wasm")]
    [InlineData("run", "--prepare=false", "a.wasm")]
    [InlineData("run", "--prepare", "--prepare", "a.wasm")]
    [InlineData("run", "--manifest", "coffer.json", "a.wasm")]
    [InlineData("run", "--print-manifest", "a.wasm")]
    [InlineData("run", "--features", "all", "a.wasm")]
    [InlineData("learn", "a.wasm")]
    [InlineData("a.wasm")]
    public void Read_AnythingElse_IsLeftToTheParser(params string[] line) => Assert.Null(RunLine.Read(line));
}
