using System.Diagnostics;
using System.Text.Json;
using Coffer.Benchmarks.Measuring;

namespace Coffer.Benchmarks.Guests;

/// <summary>Nanoseconds of a call, several samples each.</summary>
/// <param name="HostToGuest">The host calls an exported <c>(i32, i32) -> i32</c> through its delegate.</param>
/// <param name="GuestToHost">The guest calls such a function of the host.</param>
/// <param name="Trap">The host calls a function that traps, and catches that.</param>
internal sealed record CallCosts(double[] HostToGuest, double[] GuestToHost, double[] Trap)
{
    private const int Samples = 21;
    private const int Calls = 200_000;
    private const int Traps = 2_000;

    public static CallCosts? Parse(string output)
    {
        var line = output.Split('\n').LastOrDefault(each => each.StartsWith('{'));
        return line is null ? null : JsonSerializer.Deserialize<CallCosts>(line, Json.Options);
    }

    /// <summary>Measures Coffer's own, in this process, and prints them.</summary>
    public static int Run(string text)
    {
        var engine = new Engine();
        using var store = new Store(engine);
        var linker = new Linker().DefineFunction("host", "add", (int a, int b) => a + b);
        var module = Module.CompileText(engine, text);
        module.Prepare();
        var instance = linker.Instantiate(store, module);
        var add = instance.GetFunction<int, int, int>("add");
        var loop = instance.GetFunction<int, int>("loop");
        var trap = instance.GetAction("trap");
        var costs = new CallCosts(
            Nanoseconds(Calls, count =>
            {
                var sum = 0;
                for (var i = 0; i < count; i++) sum = add(sum, i);
            }),
            Nanoseconds(Calls, count => loop(count)),
            Nanoseconds(Traps, count =>
            {
                for (var i = 0; i < count; i++) Catch(trap);
            }));
        Console.WriteLine(JsonSerializer.Serialize(costs, Json.Options));
        return 0;
    }

    private static void Catch(Action trap)
    {
        try
        {
            trap();
            throw new InvalidOperationException("There was no trap.");
        }
        catch (TrapException)
        {
        }
    }

    private static double[] Nanoseconds(int count, Action<int> action)
    {
        var times = new double[Samples];
        action(count / 10);
        for (var i = 0; i < Samples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action(count);
            times[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        }

        return times;
    }
}
