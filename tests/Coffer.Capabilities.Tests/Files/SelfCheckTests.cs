using Coffer.Capabilities.Ambient;
using Coffer.Capabilities.Files;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>The second look at what was opened, which all these tests have.</summary>
public sealed class SelfCheckTests
{
    [Fact]
    public void Require_DescriptorOutside_Throws()
    {
        Assert.SkipUnless(Libc.IsSupported, "needs Linux");
        using var tree = new Tree(Resolution.Kernel);
        var root = Open(tree.HostPath("root"));
        var inside = Open(tree.HostPath("root/sub"));
        var outside = Open(tree.HostPath("outside"));
        var besides = Directory.CreateDirectory(tree.HostPath("root-of-another")).FullName;
        var sibling = Open(besides);
        try
        {
            Assert.True(SelfCheck.IsOn);
            Assert.True(LinuxSelfCheck.LiesBeneath(root, root));
            Assert.True(LinuxSelfCheck.LiesBeneath(root, inside));
            Assert.False(LinuxSelfCheck.LiesBeneath(root, outside));
            Assert.False(LinuxSelfCheck.LiesBeneath(root, sibling));
            Assert.False(LinuxSelfCheck.LiesBeneath(inside, root));
            Directory.Delete(tree.HostPath("root/sub"), recursive: true);
            Assert.True(LinuxSelfCheck.LiesBeneath(root, inside));
            // As if the path had led outside: what is opened anew by it lies outside as well.
            Directory.CreateDirectory(tree.HostPath("root/sub"));
            var exception = Assert.Throws<InvalidOperationException>(
                () => LinuxSelfCheck.Require(sibling, "sub", outside, () => Open(tree.HostPath("outside"))));
            Assert.Contains("sandbox escape", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var descriptor in new[] { root, inside, outside, sibling }) _ = Libc.Close(descriptor);
        }
    }

    [Fact]
    public void Require_FileMovedOutMeanwhile_IsNoEscape()
    {
        Assert.SkipUnless(Libc.IsSupported, "needs Linux");
        using var tree = new Tree(Resolution.Kernel);
        var root = Open(tree.HostPath("root"));
        var moved = Open(tree.HostPath("root/sub"));
        Directory.Move(tree.HostPath("root/sub"), tree.HostPath("outside/sub"));

        LinuxSelfCheck.Require(root, "sub", moved, () => Open(tree.HostPath("root/sub")));

        _ = Libc.Close(root);
        _ = Libc.Close(moved);
    }

    private static int Open(string path) =>
        Libc.OpenAt(-100, System.Text.Encoding.UTF8.GetBytes(path + '\0'), Libc.OpenPath | Libc.OpenDirectory, 0);
}
