using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Coffer.Capabilities.Tests.Files;

/// <summary>A path, with each way of resolving it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EachWayAttribute(string path) : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<Resolution>().Select(way => new TheoryDataRow<Resolution, string>(way, path))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
