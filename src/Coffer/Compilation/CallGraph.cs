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

    /// <summary>How many functions there are, with those that the module imports.</summary>
    public int Functions => functions;

    /// <summary>How many of them, the first ones, the module imports.</summary>
    public int Imported => imported;

    /// <summary>How many calls there are.</summary>
    public int Count => callees.Count;

    /// <summary>The functions that a function calls, as often as it does.</summary>
    public ReadOnlySpan<int> CalleesOf(int function) =>
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(callees)[starts[function]..starts[function + 1]];

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

    /// <summary>
    /// Functions that the module defines and what they call, what those call and so on, in the order of their distance; then
    /// others one after the other, each with what it reaches.
    /// </summary>
    /// <param name="first">The functions to begin with.</param>
    /// <param name="later">The others.</param>
    public int[] NearestFirst(IReadOnlyList<int> first, IReadOnlyList<int> later)
    {
        var order = new List<int>();
        var visited = new bool[functions];
        var next = 0;
        foreach (var root in first) Visit(root);
        Follow();
        foreach (var root in later)
        {
            Visit(root);
            Follow();
        }

        return [.. order];

        void Follow()
        {
            for (; next < order.Count; next++)
            {
                for (var call = starts[order[next]]; call < starts[order[next] + 1]; call++) Visit(callees[call]);
            }
        }

        void Visit(int function)
        {
            if (function < imported || visited[function]) return;
            visited[function] = true;
            order.Add(function);
        }
    }
}
