using System.CommandLine;
using Coffer.Capabilities;
using Coffer.Capabilities.Grants;
using Coffer.Opa;
using Coffer.Opa.Bundles;
using Coffer.Opa.Values;

namespace Coffer.Server.Policies;

/// <summary>The options by which all verbs of <c>coffer policy</c> say which policies there are, and the policies themselves.</summary>
internal sealed class PolicySource
{
    // What a builtin may reach; the other kinds mean nothing to policies.
    private static readonly CapabilityKind[] Kinds = [
        CapabilityKind.Clock, CapabilityKind.Random, CapabilityKind.NameLookup, CapabilityKind.Http];

    private readonly Option<string[]> bundles = new(
        "--bundle", "-b") { Description = "A bundle (.tar.gz), or a compiled policy (.wasm)", HelpName = "file",
        Required = true };
    private readonly Option<string?> data = new(
        "--data", "-d") { Description = "A document that is the data, in place of that of the bundles", HelpName = "file" };
    private readonly Option<string?> key = new(
        "--verification-key") { Description = "Who must have signed the bundles: a file with a public key or certificate, or with a secret", HelpName = "file" };
    private readonly Option<string> algorithm = new(
        "--signing-alg") { Description = "The algorithm of the signatures", HelpName = "name", DefaultValueFactory = _ =>
            "RS256" };
    private readonly Option<string?> keyId = new(
        "--verification-key-id") { Description = "The name that signatures give the key", HelpName = "name" };
    private readonly Option<string?> scope = new(
        "--scope") { Description = "The scope that signatures must be for", HelpName = "text" };
    private readonly Option<bool> skip = new("--skip-verify") { Description = "Do not look at signatures" };
    private readonly Option<double> deadline = new(
        "--deadline") { Description = "Milliseconds that an evaluation may take; 0 for any", HelpName = "ms",
        DefaultValueFactory = _ => 1000 };
    private readonly Option<int> memory = new(
        "--max-memory") { Description = "Megabytes that an instance of a policy may have", HelpName = "MB",
        DefaultValueFactory = _ => 256 };
    private readonly Option<bool> strict = new(
        "--strict-builtin-errors") { Description = "The failure of a builtin ends the evaluation" };
    private readonly List<(GrantSyntax Syntax, Option<string[]> Option)> grants =
        [.. Kinds.Select(GrantSyntax.Of)
            .Select(syntax => (syntax,
            new Option<string[]>(syntax.Option) { Description = syntax.Description.Replace(
            "the guest", "builtins", StringComparison.Ordinal), HelpName = syntax.Form }))];

    private readonly Option<string?> cache = CacheOption.Create();
    private Engine? engine;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[bundles, data, key, algorithm, keyId, scope, skip, deadline, memory,
            strict, cache]) command.Add(option);
        foreach (var (_, option) in grants) command.Add(option);
    }

    /// <summary>The files that the policies are made from.</summary>
    public IEnumerable<string> FilesOf(ParseResult result) =>
        [.. result.GetRequiredValue(bundles).Select(Path.GetFullPath), .. result.GetValue(data) is { } file
            ? [Path.GetFullPath(file)]
            : Array.Empty<string>()];

    /// <summary>Reads the files and compiles the policies.</summary>
    /// <exception cref="BundleException">A bundle cannot be used.</exception>
    /// <exception cref="PolicyException">A policy cannot be used.</exception>
    public PolicySet Load(ParseResult result)
    {
        var (engineOptions, compile) = CacheOption.Read(
            result.GetValue(cache), warning => result.InvocationConfiguration.Error.WriteLine($"warning: {warning}"));
        engine ??= new Engine(engineOptions);
        var options = OptionsOf(result) with { Compile = compile };
        var files = result.GetRequiredValue(bundles);
        PolicySet policies;
        if (files is [var single] && single.EndsWith(".wasm", StringComparison.OrdinalIgnoreCase))
        {
            policies = PolicySet.Of(Policy.Load(engine, File.ReadAllBytes(single), options, Path.GetFileName(single)));
        }
        else
        {
            var reading = new BundleOptions { SkipVerification = result.GetValue(skip), Verification = Verification(result) };
            policies = PolicySet.Load(
                engine, [.. files.Select(
                    file => (Path.GetFileName(file), PolicyBundle.Read(File.ReadAllBytes(file), reading)))], options);
        }

        if (result.GetValue(data) is { } document) policies.SetData(
            ReadDocument(document) as RegoObject ?? throw new BundleException($"{document} is no object of JSON"));
        return policies;
    }

    /// <summary>A document of JSON; <c>-</c> is standard input.</summary>
    public static RegoValue ReadDocument(string file)
    {
        byte[] content;
        if (file == "-")
        {
            using var input = Console.OpenStandardInput();
            using var all = new MemoryStream();
            input.CopyTo(all);
            content = all.ToArray();
        }
        else content = File.ReadAllBytes(file);

        try
        {
            return RegoValue.Parse(content);
        }
        catch (FormatException exception)
        {
            throw new BundleException($"{file} is not JSON: {exception.Message}", exception);
        }
    }

    private PolicyOptions OptionsOf(ParseResult result)
    {
        var given = grants.SelectMany(kind => (result.GetValue(kind.Option) ?? []).Select(text => Parsed(kind.Syntax, text)))
            .ToList();
        // The clock and random numbers are real unless something else is said, as with coffer run.
        var standard = new CapabilitySet(new ClockGrant(GuestClock.Wall), new RandomGrant());
        return new PolicyOptions
        {
            Deadline = result.GetValue(deadline) is > 0 and var milliseconds
                ? TimeSpan.FromMilliseconds(milliseconds)
                : Timeout.InfiniteTimeSpan,
            MemoryBytes = (ulong)Math.Max(1, result.GetValue(memory)) << 20,
            StrictBuiltinErrors = result.GetValue(strict),
            Capabilities = standard.Override(given),
            Print = line => result.InvocationConfiguration.Error.WriteLine(line),
        };
    }

    private static Grant Parsed(GrantSyntax syntax, string text)
    {
        try
        {
            return syntax.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new BundleException($"{syntax.Option}: {exception.Message}", exception);
        }
    }

    private BundleVerification? Verification(ParseResult result)
    {
        if (result.GetValue(key) is not { } file) return null;
        var text = File.ReadAllText(file);
        var name = result.GetValue(algorithm)!;
        var verification = name.StartsWith("HS", StringComparison.Ordinal)
            ? BundleVerification.WithSecret(text.TrimEnd('\n', '\r'), name, result.GetValue(keyId))
            : BundleVerification.WithKey(text.Trim(), name, result.GetValue(keyId));
        return result.GetValue(scope) is { } wanted ? verification.ForScope(wanted) : verification;
    }
}
