using System.Text.RegularExpressions;

namespace Coffer.Cli.Tests;

public sealed partial class ArchitectureTests
{
    [Fact]
    public void Sources_OpenFiles_InOnePlaceOnly()
    {
        var root = Path.GetDirectoryName(DocumentationTests.Locate("src", "Coffer.Cli", "Program.cs"))!;
        var opening = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => Opening().IsMatch(File.ReadAllText(file)))
            .Select(Path.GetFileName);
        Assert.Equal(["HostFiles.cs"], opening);
    }

    [GeneratedRegex(@"\bFile\.[A-Z]|\bDirectory\.[A-Z]|\bnew (FileStream|FileInfo|DirectoryInfo|StreamReader)\b")]
    private static partial Regex Opening();
}
