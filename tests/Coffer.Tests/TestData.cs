namespace Coffer.Tests;

/// <summary>The shared test data, which is not part of the repository.</summary>
internal static class TestData
{
    /// <summary>Its root: the environment variable COFFER_TESTDATA, else <c>../shared/testdata</c> from some parent.</summary>
    public static string? Root { get; } = Locate();

    /// <summary>A path below the root; skips the running test where there is no test data.</summary>
    public static string Require(string relative)
    {
        if (Root is null) Assert.Skip("no test data: COFFER_TESTDATA is not set");
        return Path.Combine(Root, relative);
    }

    private static string? Locate()
    {
        if (Environment.GetEnvironmentVariable("COFFER_TESTDATA") is { Length: > 0 } given) return given;
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var candidate = Path.Combine(directory.FullName, "..", "shared", "testdata");
            if (Directory.Exists(candidate)) return Path.GetFullPath(candidate);
        }

        return null;
    }
}
