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

    /// <summary>
    /// Functions that the module defines, those that are likely to run soon first, and no more than a number of them: in turns what
    /// some functions call, what those call and so on, by distance, and what the most functions call, which may be reached by calls
    /// through tables.
    /// </summary>
    public int[] LikelyFirst(IReadOnlyList<int> first, int most)
    {
        var order = new List<int>();
        var chosen = new bool[functions];
        var near = new List<int>();
        var reached = new bool[functions];
        foreach (var root in first) Reach(root);
        var common = MostCalled();
        for (var i = 0; (i < near.Count || i < common.Length) && order.Count < most; i++)
        {
            if (i < near.Count)
            {
                Choose(near[i]);
                for (var call = starts[near[i]]; call < starts[near[i] + 1]; call++) Reach(callees[call]);
            }

            if (i < common.Length) Choose(common[i]);
        }

        return [.. order];

        void Reach(int function)
        {
            if (function < imported || reached[function]) return;
            reached[function] = true;
            near.Add(function);
        }

        void Choose(int function)
        {
            if (chosen[function] || order.Count >= most) return;
            chosen[function] = true;
            order.Add(function);
        }
    }

    /// <summary>The functions that several others call, by how many, falling; equal ones in the order of their indices.</summary>
    private int[] MostCalled()
    {
        // Sorted by counting: the platform's sorting by keys would be compiled for this.
        const int many = 256;
        var callers = new int[functions];
        var lastCaller = new int[functions];
        for (var caller = imported; caller < functions; caller++)
        {
            for (var call = starts[caller]; call < starts[caller + 1]; call++)
            {
                var callee = callees[call];
                if (lastCaller[callee] == caller + 1) continue;
                lastCaller[callee] = caller + 1;
                callers[callee] = Math.Min(callers[callee] + 1, many);
            }
        }

        var places = new int[many + 2];
        for (var function = imported; function < functions; function++) places[many - callers[function] + 1]++;
        for (var count = 1; count < places.Length; count++) places[count] += places[count - 1];
        var order = new int[functions - imported];
        for (var function = imported; function < functions; function++) order[places[many - callers[function]]++] = function;
        // The place where those with one caller begin.
        return order[..places[many - 2]];
    }
}
