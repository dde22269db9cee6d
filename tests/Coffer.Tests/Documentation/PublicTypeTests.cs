using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Coffer.Tests.Documentation;

/// <summary>The documentation of every public type says which threads may use it, or that it never changes.</summary>
public sealed partial class PublicTypeTests
{
    [Fact]
    public void Summary_EveryPublicType_SaysWhichThreadsMayUseIt()
    {
        var file = Path.ChangeExtension(typeof(Engine).Assembly.Location, "xml");
        var summaries = XDocument.Load(file).Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")?.Value ?? "");
        var silent = typeof(Engine).Assembly.GetExportedTypes()
            .Where(type => !type.IsEnum && !typeof(Exception).IsAssignableFrom(type) && !type.IsAssignableTo(typeof(Delegate)))
            .Where(type => !Threads().IsMatch(summaries.GetValueOrDefault($"T:{type.FullName}", "")))
            .Select(type => type.Name);
        Assert.Empty(silent);
    }

    [GeneratedRegex("thread|immutable", RegexOptions.IgnoreCase)]
    private static partial Regex Threads();
}
