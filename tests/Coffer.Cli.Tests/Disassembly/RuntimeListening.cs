namespace Coffer.Cli.Tests.Disassembly;

/// <summary>
/// Tests that listen to the runtime's events, one after the other: the listeners of a process share one session, which the
/// runtime begins anew whenever a listener comes or goes, and what happens meanwhile nobody hears of. The command has its
/// process for itself.
/// </summary>
[CollectionDefinition(Name)]
public sealed class RuntimeListening
{
    public const string Name = "listening to the runtime";
}
