namespace Coffer.Compilation;

/// <summary>
/// Which functions call which directly. RyuJIT calls a method whose machine code exists already without an indirection,
/// so that methods are best prepared after those they call.
/// </summary>
internal sealed class CallGraph(int functions, int imported)
{
    private readonly List<int> callees = [];
    private readonly int[] starts = new int[functions + 1];
    private int last = -1;

    /// <summary>Functions are added in order of their indices.</summary>
    public void BeginFunction(int function)
    {
        last = function;
        starts[function] = callees.Count;
        starts[function + 1] = callees.Count;
    }

    /// <summary>Adds a call by the current function.</summary>
    public void Add(int callee)
    {
        // Constant expressions call nothing.
        callees.Add(callee);
        starts[last + 1] = callees.Count;
    }

    /// <summary>The functions that the module defines, each after those it calls, as far as recursion allows.</summary>
    public int[] CalleesFirst()
    {
        var order = new List<int>(functions - imported);
        var visited = new bool[functions];
        var open = new Stack<(int Function, int Next)>();
        for (var root = imported; root < functions; root++)
        {
            if (visited[root]) continue;
            visited[root] = true;
            open.Push((root, starts[root]));
            while (open.TryPop(out var top))
            {
                var (function, next) = top;
                while (next < starts[function + 1] && (callees[next] < imported || visited[callees[next]])) next++;
                if (next == starts[function + 1])
                {
                    order.Add(function);
                    continue;
                }

                var callee = callees[next];
                visited[callee] = true;
                open.Push((function, next + 1));
                open.Push((callee, starts[callee]));
            }
        }

        return [.. order];
    }
}
