using Coffer.Capabilities.Grants;

namespace Coffer.Capabilities.Tests.Grants;

public sealed class DirectorySyntaxTests
{
    [Theory]
    [InlineData("./data", "./data", "./data", DirectoryAccess.All)]
    [InlineData("./data:ro", "./data", "./data", DirectoryAccess.Read)]
    [InlineData("./data::/data", "./data", "/data", DirectoryAccess.All)]
    [InlineData("./data::/data:ro", "./data", "/data", DirectoryAccess.Read)]
    [InlineData("./in::/in:write,create", "./in", "/in", DirectoryAccess.Write | DirectoryAccess.Create)]
    [InlineData("/a:b::/c", "/a:b", "/c", DirectoryAccess.All)]
    [InlineData("/a:b", "/a:b", "/a:b", DirectoryAccess.All)]
    [InlineData(@"C:\data", @"C:\data", @"C:\data", DirectoryAccess.All)]
    [InlineData(@"C:\data::/data:ro", @"C:\data", "/data", DirectoryAccess.Read)]
    public void Parse_DirectoryOfTheHost_HasItsParts(string text, string host, string guest, DirectoryAccess access)
    {
        var grant = Parse(text);

        Assert.Equal(new DirectoryGrant(host, guest) { Access = access }, grant);
        Assert.Equal(text, grant.ToString());
    }

    [Fact]
    public void Parse_OtherSources_HaveTheirOptions()
    {
        Assert.Equal(
            new DirectoryGrant("", "/tmp") { Source = DirectorySource.Memory, MaximumBytes = 10 << 20, MaximumFiles = 7 },
            Parse("::/tmp:memory,max=10MiB,files=7"));
        Assert.Equal(
            new DirectoryGrant("a.zip", "/a") { Source = DirectorySource.Archive, Access = DirectoryAccess.Read },
            Parse("a.zip::/a:archive"));
        Assert.Equal(
            new DirectoryGrant("./a", "/a") { Source = DirectorySource.Overlay },
            Parse("./a::/a:overlay"));
    }

    [Theory]
    [InlineData("", "names no directory")]
    [InlineData("::/tmp", "only one in memory")]
    [InlineData("./a::/a:memory", "which one in memory does not have")]
    [InlineData("./a::", "names no directory for the guest")]
    [InlineData("a.zip::/a:archive,rw", "an archive can only be read")]
    [InlineData("./a::/a:max=lots", "no size")]
    [InlineData("./a::/a:files=-1", "no number of files")]
    public void Parse_Nonsense_SaysWhy(string text, string reason)
    {
        var exception = Assert.Throws<FormatException>(() => Parse(text));

        Assert.Contains(reason, exception.Message);
    }

    [Theory]
    [InlineData("app.json::/etc/app.json", DirectoryAccess.Read)]
    [InlineData("app.json::/etc/app.json:rw", FileGrant.AllAccess)]
    [InlineData("log::/log:write", DirectoryAccess.Write)]
    public void Parse_File_HasItsParts(string text, DirectoryAccess access)
    {
        var grant = Assert.IsType<FileGrant>(GrantSyntax.Of(CapabilityKind.File).Parse(text));

        Assert.Equal(access, grant.Access);
        Assert.Equal(text, grant.ToString());
    }

    private static DirectoryGrant Parse(string text) =>
        Assert.IsType<DirectoryGrant>(GrantSyntax.Of(CapabilityKind.Directory).Parse(text));
}
