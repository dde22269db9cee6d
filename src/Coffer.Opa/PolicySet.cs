using Coffer.Opa.Bundles;
using Coffer.Opa.Values;

namespace Coffer.Opa;

/// <summary>
/// The policies of some bundles together: each entrypoint is answered by the module that its bundle names, and all see the data
/// of all bundles. Thread-safe.
/// </summary>
public sealed class PolicySet : IDisposable
{
    private readonly Dictionary<string, Policy> byEntrypoint = new(StringComparer.Ordinal);
    private readonly List<(string Name, Policy Policy)> policies = [];
    private readonly Lock gate = new();
    private volatile RegoObject data = RegoObject.Empty;

    private PolicySet(IReadOnlyList<(string Name, PolicyBundle Bundle)> bundles) => Bundles = bundles;

    /// <summary>The bundles, by name.</summary>
    public IReadOnlyList<(string Name, PolicyBundle Bundle)> Bundles { get; }

    /// <summary>The modules, each with a name made of those of its bundle and of its path.</summary>
    public IReadOnlyList<(string Name, Policy Policy)> Policies => policies;

    /// <summary>The entrypoints of all policies, in order.</summary>
    public IEnumerable<string> Entrypoints => byEntrypoint.Keys.Order(StringComparer.Ordinal);

    /// <summary>The data.</summary>
    public RegoObject Data => data;

    /// <summary>Compiles the policies of a bundle.</summary>
    /// <exception cref="PolicyException">A module is no policy, or does not have an entrypoint that its bundle promises.</exception>
    public static PolicySet Load(Engine engine, PolicyBundle bundle, PolicyOptions? options = null) =>
        Load(engine, [("bundle", bundle)], options);

    /// <summary>Compiles the policies of some bundles.</summary>
    /// <exception cref="BundleException">Two bundles own the same path.</exception>
    /// <exception cref="PolicyException">A module is no policy, or does not have an entrypoint that its bundle promises.</exception>
    public static PolicySet Load(
        Engine engine, IReadOnlyList<(string Name, PolicyBundle Bundle)> bundles, PolicyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bundles);
        RequireApart(bundles);
        var set = new PolicySet(bundles);
        try
        {
            foreach (var (name, bundle) in bundles) set.Add(engine, name, bundle, options);
            set.SetData(bundles.Aggregate(RegoObject.Empty, (all, next) => Merge(all, next.Bundle.Data)));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>A set of one policy that came without a bundle.</summary>
    public static PolicySet Of(Policy policy, RegoObject? data = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var set = new PolicySet([]);
        set.policies.Add((policy.Name, policy));
        foreach (var entrypoint in policy.Entrypoints) set.byEntrypoint[entrypoint] = policy;
        set.SetData(data ?? RegoObject.Empty);
        return set;
    }

    /// <summary>Whether there is an entrypoint of this name.</summary>
    public bool HasEntrypoint(string name) => byEntrypoint.ContainsKey(name);

    /// <summary>The policy that answers an entrypoint.</summary>
    /// <exception cref="PolicyException">None does.</exception>
    public Policy PolicyOf(string entrypoint) =>
        byEntrypoint.TryGetValue(entrypoint, out var policy) ? policy : throw new PolicyException(
        PolicyErrorKind.UnknownEntrypoint,
            $"there is no entrypoint \"{entrypoint}\"; there are: {string.Join(", ", Entrypoints)}");

    /// <summary>Evaluates an entrypoint; see <see cref="Policy.Evaluate(string, ReadOnlySpan{byte}, CancellationToken)"/>.</summary>
    /// <exception cref="PolicyException">There is no such entrypoint, or the evaluation failed.</exception>
    public PolicyResult Evaluate(string entrypoint, ReadOnlySpan<byte> input, CancellationToken cancellation = default) =>
        PolicyOf(entrypoint).Evaluate(entrypoint, input, cancellation);

    /// <summary>
    /// What is at a path of all that rules and data give together: the value of an entrypoint, what is within it, or an object
    /// of all entrypoints and data below the path. Null when there is nothing.
    /// </summary>
    /// <exception cref="PolicyException">An evaluation failed.</exception>
    public RegoValue? EvaluatePath(string path, RegoValue? input = null, CancellationToken cancellation = default) =>
        Decisions.PolicyPath.Evaluate(this, path, input, cancellation).Value;

    /// <summary>Makes a document the data of all policies.</summary>
    public void SetData(RegoObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Change(document, policy => policy.SetData(document));
    }

    /// <summary>Sets what is at a path of the data; objects that are missing on the way are made.</summary>
    public void SetData(IReadOnlyList<string> path, RegoValue value)
    {
        ArgumentNullException.ThrowIfNull(path);
        lock (gate) Change(Set(data, path, 0, value), policy => policy.SetData(path, value));
    }

    /// <summary>Removes what is at a path of the data.</summary>
    public void RemoveData(IReadOnlyList<string> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        lock (gate) Change(Remove(data, path, 0), policy => policy.RemoveData(path));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, policy) in policies) policy.Dispose();
    }

    private void Change(RegoObject document, Action<Policy> change)
    {
        lock (gate)
        {
            foreach (var (_, policy) in policies) change(policy);
            data = document;
        }
    }

    private void Add(Engine engine, string name, PolicyBundle bundle, PolicyOptions? options)
    {
        foreach (var path in bundle.Modules)
        {
            var policy = Policy.Load(engine, bundle.GetModule(path), options, $"{name}/{path}");
            policies.Add((policy.Name, policy));
            var promised = bundle.Manifest.Resolvers.Where(resolver => resolver.Module == path)
                .Select(resolver => resolver.Entrypoint).ToList();
            foreach (var entrypoint in promised.Count > 0 ? promised : policy.Entrypoints)
            {
                if (!policy.HasEntrypoint(entrypoint))
                {
                    throw new PolicyException(
                        PolicyErrorKind.UnknownEntrypoint,
                        $"the module {policy.Name} has no entrypoint \"{entrypoint}\", which the manifest of its bundle promises");
                }

                byEntrypoint[entrypoint] = policy;
            }
        }
    }

    private static void RequireApart(IReadOnlyList<(string Name, PolicyBundle Bundle)> bundles)
    {
        for (var i = 0; i < bundles.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (BundleManifest.Overlap(bundles[i].Bundle.Manifest, bundles[j].Bundle.Manifest))
                {
                    throw new BundleException(
                        $"the bundles {bundles[j].Name} and {bundles[i].Name} own the same path; give them roots that do not overlap");
                }
            }
        }
    }

    private static RegoObject Merge(RegoObject left, RegoObject right) => new([.. left, .. right.Select(entry =>
        left[entry.Key] is RegoObject a && entry.Value is RegoObject b ? new(entry.Key, Merge(a, b)) : entry)]);

    private static RegoObject Set(RegoObject target, IReadOnlyList<string> path, int depth, RegoValue value)
    {
        if (depth == path.Count - 1) return target.With(path[depth], value);
        var next = target[path[depth]] ?? RegoObject.Empty;
        return next is RegoObject entries
            ? target.With(path[depth], Set(entries, path, depth + 1, value))
            : throw new PolicyException(
                PolicyErrorKind.BadDocument, $"the path /{string.Join('/', path)} leads through what is no object");
    }

    private static RegoObject Remove(RegoObject target, IReadOnlyList<string> path, int depth)
    {
        if (depth == path.Count - 1) return target.Without(path[depth]);
        return target[path[depth]] is RegoObject entries
            ? target.With(path[depth], Remove(entries, path, depth + 1))
            : target;
    }
}
