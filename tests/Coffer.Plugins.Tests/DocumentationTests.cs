using System.Text.RegularExpressions;
using Coffer.Plugins.Generators;

namespace Coffer.Plugins.Tests;

/// <summary>The examples of docs/plugins.md: each is compiled and run, and prints what is said there.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("coffer-docs-");
    private readonly string before = Environment.CurrentDirectory;

    public void Dispose()
    {
        Environment.CurrentDirectory = before;
        folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [Fact]
    public async Task Examples_AreCompiledAndRun_AndPrintWhatIsSaid()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "plugins.md"), TestContext.Current.CancellationToken);
        var blocks = Block().Matches(page).Select(match => (Language: match.Groups[1].Value, Text: match.Groups[2].Value)).ToList();
        string[] modules = ["shout.wat", "quote.wat", "greeter.wat"];
        Assert.Equal(modules.Length, blocks.Count(block => block.Language == "wat"));
        foreach (var (name, block) in modules.Zip(blocks.Where(block => block.Language == "wat")))
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), block.Text, TestContext.Current.CancellationToken);
        }

        Environment.CurrentDirectory = folder.FullName;
        var ran = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language != "csharp") continue;
            Assert.Equal("text", blocks[i + 1].Language);
            Assert.Equal(blocks[i + 1].Text, await DocumentedProgram.RunAsync(blocks[i].Text, new PluginGenerator()));
            ran++;
        }

        Assert.True(ran >= 7, $"{ran} examples");
    }
}
