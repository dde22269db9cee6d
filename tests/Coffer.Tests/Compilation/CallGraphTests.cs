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
    public void LikelyFirst_OneFunction_GivesWhatItReachesByDistance() => Assert.Equal([1, 2, 3, 4, 5], Graph().LikelyFirst([1], 100));

    [Fact]
    public void LikelyFirst_ManyFunctions_BeginsWithThemOnce() => Assert.Equal([3, 2, 5, 4, 1], Graph().LikelyFirst([3, 2, 3, 0], 100));

    [Fact]
    public void LikelyFirst_Bound_EndsThere() => Assert.Equal([1, 2, 3], Graph().LikelyFirst([1], 3));

    // 1 calls 2, 2 calls 3; nobody calls 4, 5 and 6 directly, who call 7 and 8, of which 8 has more callers.
    [Fact]
    public void LikelyFirst_WhatManyCall_ComesInTurns()
    {
        int[][] callees = [[], [2], [3, 3], [], [7, 8], [8, 7], [8, 8], [], []];
        var graph = new CallGraph(callees.Length, imported: 1);
        for (var function = 1; function < callees.Length; function++)
        {
            graph.BeginFunction(function);
            foreach (var callee in callees[function]) graph.Add(callee);
        }

        Assert.Equal([1, 8, 2, 7, 3], graph.LikelyFirst([1], 100));
        Assert.Equal([1, 8, 2], graph.LikelyFirst([1], 3));
    }
}
