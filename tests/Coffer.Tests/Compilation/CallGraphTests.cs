using Coffer.Compilation;

namespace Coffer.Tests.Compilation;

/// <summary>The orders in which functions are prepared.</summary>
public sealed class CallGraphTests
{
    // 0 is imported; 1 calls 2 and 3, 2 calls 4 and 1, 3 calls 0 and 5; nobody calls 6.
    private static CallGraph Graph()
    {
        int[][] callees = [[], [2, 3], [4, 1], [0, 5], [], [], []];
        var graph = new CallGraph(callees.Length, imported: 1);
        for (var function = 1; function < callees.Length; function++)
        {
            graph.BeginFunction(function);
            foreach (var callee in callees[function]) graph.Add(callee);
        }

        return graph;
    }

    [Fact]
    public void NearestFirst_OneFunction_GivesWhatItReachesByDistance() => Assert.Equal([1, 2, 3, 4, 5], Graph().NearestFirst([1], []));

    [Fact]
    public void NearestFirst_ManyFunctions_BeginsWithThemOnce() => Assert.Equal([3, 2, 5, 4, 1], Graph().NearestFirst([3, 2, 3, 0], []));

    [Fact]
    public void NearestFirst_OthersLater_GivesEachWithWhatItReaches() => Assert.Equal([3, 5, 6, 2, 4, 1], Graph().NearestFirst([3], [6, 0, 2, 1]));
}
