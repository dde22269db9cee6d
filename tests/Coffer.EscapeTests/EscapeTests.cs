using System.Text.RegularExpressions;

namespace Coffer.EscapeTests;

/// <summary>Runs every case of <see cref="EscapeCases"/>, and keeps the list and its documentation the same.</summary>
public sealed partial class EscapeTests
{
    public static TheoryData<string> Names() => [.. EscapeCases.All.Select(escape => escape.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Attempt_IsHeld(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the host that is attacked is Linux");
        using var scene = new Scene();

        EscapeCases.All.Single(escape => escape.Name == name).Attempt(scene);

        scene.AssertHeld();
    }

    [Fact]
    public void Cases_AreManyAndDistinct()
    {
        var names = EscapeCases.All.Select(escape => escape.Name).ToList();

        Assert.Distinct(names);
        Assert.True(names.Count >= 80, $"only {names.Count} cases");
    }

    [Fact]
    public void Documentation_NamesEveryCase_AndNoOther()
    {
        var rows = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "security.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal));
        var named = rows.SelectMany(row => CaseName.Matches(row)).Select(match => match.Groups[1].Value).ToHashSet();
        var cases = EscapeCases.All.Select(escape => escape.Name).ToHashSet();

        Assert.Empty(named.Except(cases));
        Assert.Empty(cases.Except(named));
    }

    [GeneratedRegex("`([a-z0-9_]+(?:-[a-z0-9_]+)+)`")]
    private static partial Regex CaseName { get; }
}
