namespace Coffer.Capabilities.Tests.Architecture;

public sealed class ReferenceTests
{
    [Fact]
    public void Capabilities_KnowNoWebAssembly()
    {
        var references = typeof(CapabilitySet).Assembly.GetReferencedAssemblies().Select(name => name.Name!);

        Assert.DoesNotContain(references, name => name.StartsWith("Coffer", StringComparison.Ordinal));
    }
}
