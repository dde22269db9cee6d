using Coffer.Benchmarks.Engines;
using Coffer.Benchmarks.Measuring;
using Coffer.Benchmarks.Reporting;

namespace Coffer.Benchmarks.Suite;

/// <summary>Measures the sections and writes the report.</summary>
internal static class BenchmarkSuite
{
    public static int Run(SuiteOptions options)
    {
        var places = Places.Find(options.Peers);
        if (!Directory.Exists(Path.Combine(places.TestData, "bench/sightglass")))
        {
            Console.Error.WriteLine($"There are no programs in {places.TestData}/bench; set COFFER_TESTDATA to the test data.");
            return 2;
        }

        try
        {
            Measure(options, places);
            return 0;
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }

    private static void Measure(SuiteOptions options, Places places)
    {
        var peers = new Peers(places);
        var context = new SuiteContext(options, places, peers, new ResumeFile(places.Measurements, options.IsFresh));
        var sections = Section.All.Where(section => options.Sections.Count == 0 || options.Sections.Contains(section.Name)).ToList();
        var frame = ReportFrame.Begin(context);
        foreach (var missing in peers.Missing) context.Progress($"left out: {missing}");
        var reports = new List<SectionReport>();
        foreach (var section in sections)
        {
            context.Progress($"# {section.Name}");
            reports.Add(section.Measure(context));
        }

        var folder = options.Results ?? Path.Combine(places.Bench, "results");
        frame.Write(folder, reports);
        context.Progress($"the report is {Path.Combine(folder, ReportFrame.FirstPage)}");
    }
}
