using System.Collections.Concurrent;
using System.Text.Json;
using Coffer.Opa.Abi;
using Coffer.Opa.Values;

namespace Coffer.Opa;

/// <summary>
/// A policy that <c>opa build -t wasm</c> compiled: evaluated on any number of threads at once, each evaluation in an
/// instance that nobody else uses meanwhile. Its data can be replaced and changed while it is used; evaluations that begin
/// after such a call has returned see the new data.
/// </summary>
/// <example>
/// <code>
/// using var policy = Policy.Load(new Engine(), File.ReadAllBytes("policy.wasm"));
/// policy.SetData("""{"role": {"alice": "admin"}}"""u8);
/// var result = policy.Evaluate("example/allow", """{"user": "alice"}"""u8);
/// if (result.IsTrue) …
/// </code>
/// </example>
public sealed class Policy : IDisposable
{
    private const int DeepestInput = 1_000;
    private const int SmallestGarbage = 256 << 10;
    private readonly PolicyModule module;
    private readonly ConcurrentQueue<PolicyInstance> idle = new();
    private readonly Lock dataGate = new();
    private PolicyInstance? recent;
    private int idleCount;
    private volatile DataImage image;
    private long compactAt;
    private volatile bool disposed;

    private Policy(PolicyModule module)
    {
        this.module = module;
        image = module.Empty;
        compactAt = image.Content.Length + SmallestGarbage;
    }

    /// <summary>The name it was loaded with, for messages.</summary>
    public string Name => module.Name;

    /// <summary>The version of the ABI it was compiled for.</summary>
    public Version AbiVersion => new(module.Description.Major, module.Description.Minor);

    /// <summary>What it may use.</summary>
    public PolicyOptions Options => module.Options;

    /// <summary>The names of the entrypoints, such as <c>example/allow</c>; one empty name for a policy of ABI 1.0.</summary>
    public IEnumerable<string> Entrypoints => module.Entrypoints.Keys;

    /// <summary>The builtins that it may call and the host must supply.</summary>
    public IEnumerable<string> RequiredBuiltins => module.Builtins.Names;

    /// <summary>Those of the required builtins that are not supplied: calling one ends the evaluation with its name.</summary>
    public IEnumerable<string> MissingBuiltins => module.Builtins.Missing;

    /// <summary>Compiles a policy.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="bytes">The module.</param>
    /// <param name="options">What the policy may use.</param>
    /// <param name="name">A name for messages.</param>
    /// <exception cref="PolicyException">The module is no policy.</exception>
    /// <exception cref="CofferException">The module is malformed, invalid, or imports what policies do not import.</exception>
    public static Policy Load(
        Engine engine, ReadOnlyMemory<byte> bytes, PolicyOptions? options = null, string name = "policy.wasm")
    {
        ArgumentNullException.ThrowIfNull(engine);
        options ??= PolicyOptions.Default;
        try
        {
            return new Policy(new PolicyModule(engine, bytes, options, name));
        }
        catch (Exception exception) when (exception is TrapException or ExhaustionException)
        {
            throw PolicyException.For(exception, options);
        }
    }

    /// <summary>Whether there is an entrypoint of this name.</summary>
    public bool HasEntrypoint(string name) => module.Entrypoints.ContainsKey(name);

    /// <summary>Makes a document the data, in place of what was there.</summary>
    /// <exception cref="PolicyException">It is no JSON object, or too large.</exception>
    public void SetData(ReadOnlySpan<byte> json)
    {
        var document = json.ToArray();
        if (ParseDocument(document) is not RegoObject) throw new PolicyException(
            PolicyErrorKind.BadDocument, "the data is no JSON object");
        Replace(document);
    }

    /// <summary>Makes a document the data, in place of what was there.</summary>
    public void SetData(RegoObject data) => SetData((data ?? throw new ArgumentNullException(nameof(data))).ToJsonBytes());

    /// <summary>Sets what is at a path of the data; objects that are missing on the way are made.</summary>
    /// <exception cref="PolicyException">The path is empty, or leads through what is no object.</exception>
    public void SetData(IEnumerable<string> path, RegoValue value)
    {
        var keys = PathOf(path);
        var json = value.ToJsonBytes();
        ChangeData(instance => instance.AddPath(keys, json));
    }

    /// <summary>Removes what is at a path of the data, if there is something.</summary>
    /// <exception cref="PolicyException">The path is empty, or leads through what is no object.</exception>
    public void RemoveData(IEnumerable<string> path)
    {
        var keys = PathOf(path);
        ChangeData(instance => instance.RemovePath(keys));
    }

    /// <summary>The data as the policy has it.</summary>
    public RegoObject GetData()
    {
        var instance = Rent();
        try
        {
            var data = (RegoObject)RegoValue.Parse(instance.DumpData());
            // What was dumped lies behind the heap's end; the image puts back what the allocator knows.
            instance.Dispose();
            return data;
        }
        catch (Exception exception) when (exception is TrapException or ExhaustionException)
        {
            instance.Dispose();
            throw PolicyException.For(exception, Options);
        }
    }

    /// <summary>Evaluates an entrypoint.</summary>
    /// <param name="entrypoint">Its name, such as <c>example/allow</c>.</param>
    /// <param name="input">The input as JSON; empty for none.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="PolicyException">The evaluation failed. That the result is undefined is no failure.</exception>
    public PolicyResult Evaluate(string entrypoint, ReadOnlySpan<byte> input, CancellationToken cancellation = default)
    {
        // A policy takes what is not JSON as if there was no input, and might then allow what it should not.
        if (!input.IsEmpty) RequireJson(input);
        return EvaluateJson(entrypoint, input, cancellation);
    }

    /// <summary>Evaluates an entrypoint.</summary>
    /// <param name="entrypoint">Its name, such as <c>example/allow</c>.</param>
    /// <param name="input">The input; null for none.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="PolicyException">The evaluation failed. That the result is undefined is no failure.</exception>
    public PolicyResult Evaluate(string entrypoint, RegoValue? input = null, CancellationToken cancellation = default) =>
        EvaluateJson(entrypoint, input is null ? [] : RegoWriter.WriteTemporarily(input), cancellation);

    /// <summary>Gives the instances back. Evaluations that are under way end as they would have.</summary>
    public void Dispose()
    {
        disposed = true;
        Interlocked.Exchange(ref recent, null)?.Dispose();
        while (idle.TryDequeue(out var instance)) instance.Dispose();
        module.Watchdog.Dispose();
    }

    private PolicyResult EvaluateJson(string entrypoint, ReadOnlySpan<byte> input, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entrypoint);
        if (!module.Entrypoints.TryGetValue(entrypoint, out var number)) throw UnknownEntrypoint(entrypoint);
        var instance = Rent();
        try
        {
            var result = PolicyResult.Of(instance.Evaluate(number, input, cancellation), instance.TakeBuiltinErrors());
            Return(instance);
            return result;
        }
        catch (Exception exception)
        {
            instance.Dispose();
            throw PolicyException.For(exception, Options, instance.HasDeadlinePassed);
        }
    }

    private static RegoValue ParseDocument(ReadOnlySpan<byte> json)
    {
        try
        {
            return RegoValue.Parse(json);
        }
        catch (FormatException exception)
        {
            throw new PolicyException(
                PolicyErrorKind.BadDocument, $"the document is not JSON: {exception.Message}", exception);
        }
    }

    private static void RequireJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestInput });
            while (reader.Read())
            {
            }
        }
        catch (JsonException exception)
        {
            throw new PolicyException(PolicyErrorKind.BadDocument, $"the input is not JSON: {exception.Message}", exception);
        }
    }

    private static RegoArray PathOf(IEnumerable<string> path)
    {
        var keys = new RegoArray(path.Select(key => new RegoString(key)));
        return keys.Count > 0 ? keys
            : throw new PolicyException(PolicyErrorKind.BadDocument, "the path is empty; set the data as a whole");
    }

    private PolicyException UnknownEntrypoint(string name) => new(
        PolicyErrorKind.UnknownEntrypoint,
            $"the policy {Name} has no entrypoint \"{name}\"; it has: {string.Join(", ", Entrypoints.Order(StringComparer.Ordinal))}");

    private void ChangeData(Func<PolicyInstance, DataImage> change)
    {
        lock (dataGate)
        {
            image = Apply(image, change);
            // The keys of paths may be part of the data, so nobody can free them: what they leave behind is bounded by
            // parsing the data anew.
            if (image.Content.Length <= compactAt) return;
            using var instance = new PolicyInstance(module);
            instance.Load(image);
            Replace(instance.DumpData());
        }
    }

    private void Replace(byte[] data)
    {
        lock (dataGate)
        {
            image = Apply(module.Empty, instance => instance.SetData(data));
            compactAt = Math.Max(2L * image.Content.Length, image.Content.Length + SmallestGarbage);
        }
    }

    private DataImage Apply(DataImage from, Func<PolicyInstance, DataImage> change)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var instance = new PolicyInstance(module);
        try
        {
            instance.Load(from);
            return change(instance);
        }
        catch (Exception exception) when (exception is TrapException or ExhaustionException)
        {
            throw PolicyException.For(exception, Options);
        }
    }

    private PolicyInstance Rent()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var instance = Interlocked.Exchange(ref recent, null);
        if (instance is null)
        {
            if (idle.TryDequeue(out instance)) Interlocked.Decrement(ref idleCount);
            else instance = new PolicyInstance(module);
        }

        try
        {
            instance.Load(image);
            return instance;
        }
        catch
        {
            instance.Dispose();
            throw;
        }
    }

    private void Return(PolicyInstance instance)
    {
        if (instance.HasDeadlinePassed || instance.MemoryBytes > instance.Image!.MemoryBytes + Options.KeptBytes)
        {
            instance.Dispose();
            return;
        }

        if (Interlocked.CompareExchange(ref recent, instance, null) is not null)
        {
            if (Interlocked.Increment(ref idleCount) <= Options.IdleInstances) idle.Enqueue(instance);
            else
            {
                Interlocked.Decrement(ref idleCount);
                instance.Dispose();
            }
        }

        // Whoever disposed the policy meanwhile has emptied the pool before this instance came back.
        if (disposed) Dispose();
    }
}
