using System.Runtime.ExceptionServices;
using Coffer.Binary;
using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>
/// Validates and translates all functions of a module, fragment by fragment, on several threads where the options allow them
/// and the module is large. Fragments are begun and linked in their order.
/// </summary>
internal sealed class FunctionTranslation
{
    // Bytes of bodies: so few that threads end at about the same time, and so many that what fragments repeat is little.
    private const int FragmentBytes = 32 << 10;

    // Below so many fragments another thread would hardly have begun.
    private const int ParallelFragments = 4;

    private readonly ModuleDefinition module;
    private readonly EngineOptions options;
    private readonly StructLayoutRegistry layouts;
    private readonly bool[] cells;
    private readonly FragmentLinker linker;
    private readonly NameSection names;

    // Where each fragment begins, and the end of the last one.
    private readonly List<int> starts;

    // What is translated and not linked yet, by number.
    private readonly CodeFragment?[] waiting;

    // Fragments that are linked, for what comes next.
    private readonly Stack<CodeFragment> spare = [];
    private readonly ExceptionDispatchInfo?[] failures;
    private readonly Lock gate = new();
    private int begun, linked;
    private volatile bool hasFailed;

    /// <param name="module">The module, valid but for its functions.</param>
    /// <param name="options">How.</param>
    /// <param name="layouts">The classes of structs.</param>
    /// <param name="cells">Which globals have cells.</param>
    /// <param name="linker">Takes the fragments.</param>
    public FunctionTranslation(ModuleDefinition module, EngineOptions options, StructLayoutRegistry layouts, bool[] cells, FragmentLinker linker)
    {
        (this.module, this.options, this.layouts, this.cells, this.linker) = (module, options, layouts, cells, linker);
        names = NameSection.Of(module);
        starts = Divide(module);
        waiting = new CodeFragment?[starts.Count - 1];
        failures = new ExceptionDispatchInfo?[waiting.Length];
    }

    /// <summary>Translates all functions, and meanwhile does something else that the module needs.</summary>
    /// <param name="other">What else, which depends on no function and which no function depends on.</param>
    /// <exception cref="CofferException">The first function that is not valid, or beyond a limit; else what <paramref name="other"/> found.</exception>
    public void Run(Action other)
    {
        ExceptionDispatchInfo? otherFailure = null;
        var helpers = new Thread[Math.Max(0, Threads() - 1)];
        for (var i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(i == 0 ? WorkAfterOther : Work) { Name = "translation", IsBackground = true };
            helpers[i].Start();
        }

        Work();
        foreach (var helper in helpers) helper.Join();
        // Fragments are begun in order, so all in front of one that failed are complete.
        foreach (var failure in failures) failure?.Throw();
        if (helpers.Length == 0) other();
        otherFailure?.Throw();

        void WorkAfterOther()
        {
            try
            {
                other();
            }
            catch (Exception e)
            {
                otherFailure = ExceptionDispatchInfo.Capture(e);
            }

            Work();
        }
    }

    private int Threads()
    {
        if (waiting.Length < ParallelFragments) return 1;
        var most = options.CompilationThreads > 0 ? options.CompilationThreads : Environment.ProcessorCount;
        return Math.Min(most, waiting.Length / 2);
    }

    private static List<int> Divide(ModuleDefinition module)
    {
        var starts = new List<int> { module.ImportedFunctions };
        var bytes = 0;
        for (var i = module.ImportedFunctions; i < module.Functions.Length; i++)
        {
            if (bytes >= FragmentBytes)
            {
                starts.Add(i);
                bytes = 0;
            }

            bytes += module.Functions[i].Body.Length;
        }

        starts.Add(module.Functions.Length);
        return starts;
    }

    private void Work()
    {
        var compiler = new FunctionCompiler(module, options, cells);
        while (!hasFailed)
        {
            var number = Interlocked.Increment(ref begun) - 1;
            if (number >= waiting.Length) return;
            try
            {
                Link(number, Translate(compiler, number));
            }
            catch (Exception e)
            {
                failures[number] = ExceptionDispatchInfo.Capture(e);
                hasFailed = true;
            }
        }
    }

    private CodeFragment Translate(FunctionCompiler compiler, int number)
    {
        var (first, end) = (starts[number], starts[number + 1]);
        var bytes = end > first ? module.Functions[end - 1].Body.End - module.Functions[first].Body.Offset : 0;
        // CIL is about half as long again as the code it comes from.
        compiler.Fragment = TakeSpare() ?? new CodeFragment(module, layouts, capacity: (bytes / 2 * 3) + 64);
        for (var i = first; i < end; i++) compiler.CompileFunction(i, names.Find(NameKind.Function, i) ?? $"func[{i}]");
        return compiler.Fragment;
    }

    private CodeFragment? TakeSpare()
    {
        lock (gate) return spare.Count > 0 ? spare.Pop() : null;
    }

    /// <summary>Links a fragment and those that waited for it, unless it has to wait itself.</summary>
    private void Link(int number, CodeFragment fragment)
    {
        lock (gate)
        {
            waiting[number] = fragment;
            for (; linked < waiting.Length && waiting[linked] is { } next; linked++)
            {
                waiting[linked] = null;
                linker.Append(next);
                next.Clear();
                spare.Push(next);
            }
        }
    }
}
