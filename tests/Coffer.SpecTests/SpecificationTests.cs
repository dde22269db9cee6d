namespace Coffer.SpecTests;

/// <summary>Every script of the specification's test suite, where a fault tells that an access is out of bounds.</summary>
public sealed class GuardedMemoryTests
{
    [Theory]
    [MemberData(nameof(SuiteFiles.Scripts), MemberType = typeof(SuiteFiles))]
    public void Run_Script_HasNoFailures(string script) => SuiteFiles.Run(script, MemoryMode.Guarded);
}

/// <summary>Every script of the specification's test suite, where a comparison tells that an access is out of bounds.</summary>
public sealed class CheckedMemoryTests
{
    [Theory]
    [MemberData(nameof(SuiteFiles.Scripts), MemberType = typeof(SuiteFiles))]
    public void Run_Script_HasNoFailures(string script) => SuiteFiles.Run(script, MemoryMode.Checked);
}

/// <summary>Every script of the specification's test suite, by code that is not optimized before it is called often.</summary>
public sealed class TieredCodeTests
{
    [Theory]
    [MemberData(nameof(SuiteFiles.Scripts), MemberType = typeof(SuiteFiles))]
    public void Run_Script_HasNoFailures(string script) => SuiteFiles.Run(script, MemoryMode.Guarded, tiered: true);
}
