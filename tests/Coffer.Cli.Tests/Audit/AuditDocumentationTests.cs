using System.Text.Json;
using System.Text.RegularExpressions;
using Coffer.Capabilities.Audit;

namespace Coffer.Cli.Tests.Audit;

/// <summary>docs/audit.md says what the code does.</summary>
public sealed partial class AuditDocumentationTests
{
    private static readonly string Text = File.ReadAllText(DocumentationTests.Locate("docs", "audit.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Members_OfAnEvent_AreAllDocumentedAndNoOthers()
    {
        var members = typeof(AuditEvent).GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        Assert.Equal(members.Order(), Row().Matches(Text).Select(row => row.Groups[1].Value).Order());
    }

    [Fact]
    public void Example_OfALine_IsAnEvent()
    {
        var line = Example().Match(Text).Groups[1].Value.Replace("\n", "");
        var audited = AuditJson.Read(System.Text.Encoding.UTF8.GetBytes(line));
        Assert.False(audited.Allowed);
        Assert.NotEmpty(audited.Backtrace);
    }

    [Theory]
    [InlineData(TelemetrySink.SourceName)]
    [InlineData("coffer.decisions")]
    [InlineData("coffer.audit.dropped")]
    [InlineData("coffer.denied")]
    [InlineData("1001")]
    [InlineData("1002")]
    [InlineData("1003")]
    public void Names_OfSinks_AreDocumented(string name) => Assert.Contains($"`{name}`", Text);

    [Fact]
    public void Kinds_OfEvents_AreDocumented() =>
        Assert.All(Coffer.Capabilities.Grants.GrantSyntax.All, row => Assert.Contains($"`{row.ManifestKey}`", Text));

    [GeneratedRegex(@"^\| `([a-z][a-zA-Z]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
