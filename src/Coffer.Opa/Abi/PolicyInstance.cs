using System.Text;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;

namespace Coffer.Opa.Abi;

/// <summary>
/// One instance of a policy in a store of its own, for one evaluation at a time. Knows the policy's exports; after an
/// exception its memory may be anything, and it must be disposed.
/// </summary>
internal sealed class PolicyInstance : IDisposable
{
    private const int Json = 0;
    private readonly PolicyModule module;
    private readonly Store store;
    private readonly Memory memory;
    private readonly PolicyExports exports;
    private readonly BuiltinContext context;
    private readonly WatchedEvaluation evaluation;

    public PolicyInstance(PolicyModule module)
    {
        this.module = module;
        store = new Store(module.Engine, new StoreLimits { MemoryBytes = module.Options.MemoryBytes, Instances = 1 });
        // Making a token costs more than many evaluations; builtins that wait ask for it.
        context = new BuiltinContext(module.Options, module.Name, () => store.InterruptToken);
        try
        {
            var linker = new Linker()
                .DefineFunction("env", "opa_abort", Abort)
                .DefineFunction("env", "opa_println", (int address) => context.Print(ReadText(address)))
                .DefineFunction("env", "opa_builtin0", (int id, int _) => Call(id))
                .DefineFunction("env", "opa_builtin1", (int id, int _, int a) => Call(id, a))
                .DefineFunction("env", "opa_builtin2", (int id, int _, int a, int b) => Call(id, a, b))
                .DefineFunction("env", "opa_builtin3", (int id, int _, int a, int b, int c) => Call(id, a, b, c))
                .DefineFunction("env", "opa_builtin4", (int id, int _, int a, int b, int c, int d) => Call(id, a, b, c, d));
            Memory? imported = null;
            store.SetDeadline(module.Options.LoadDeadline);
            if (module.ImportedMemory is { } type) linker.Define("env", "memory", imported = new Memory(store, type));
            var instance = linker.Instantiate(store, module.Compiled);
            memory = imported ?? instance.GetMemory();
            exports = new PolicyExports(instance);
            store.SetDeadline(Timeout.InfiniteTimeSpan);
            evaluation = module.Watchdog.Watch(store);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The data that the memory begins with.</summary>
    public DataImage? Image { get; private set; }

    /// <summary>Bytes of its linear memory.</summary>
    public ulong MemoryBytes => memory.ByteLength;

    /// <summary>What the policy says of itself.</summary>
    public PolicyDescription Describe()
    {
        using var _ = WithinLoadDeadline();
        return new(
            exports.Version.Major, exports.Version.Minor,
            exports.Entrypoints is { } entrypoints ? ReadValue(entrypoints()) as RegoObject : null,
            exports.Builtins is { } builtins ? ReadValue(builtins()) as RegoObject : null);
    }

    /// <summary>The beginning of an instance without data.</summary>
    public DataImage Begin()
    {
        using var _ = WithinLoadDeadline();
        // The allocator begins with its first allocation.
        exports.Malloc(8);
        return Capture(WriteValue("{}"u8));
    }

    /// <summary>Makes the memory what it was when the image was taken.</summary>
    public void Load(DataImage image)
    {
        if (ReferenceEquals(Image, image)) return;
        if (memory.ByteLength < image.MemoryBytes
            && memory.Grow((image.MemoryBytes - memory.ByteLength + 0xFFFF) >> 16) < 0) throw OutOfMemory();
        if (!memory.TryGetSpan(0, (ulong)image.Content.Length, out var target)) throw OutOfMemory();
        image.Content.CopyTo(target);
        Image = image;
    }

    /// <summary>Parses a document, and makes it the data.</summary>
    public DataImage SetData(ReadOnlySpan<byte> json)
    {
        using var _ = WithinLoadDeadline();
        var address = WriteValue(json);
        return Capture(address);
    }

    /// <summary>Sets what is at a path of the data, and all objects on the way there.</summary>
    public DataImage AddPath(RegoArray path, ReadOnlySpan<byte> json)
    {
        using var _ = WithinLoadDeadline();
        if (exports.AddPath is not { } add) throw NoPaths("opa_value_add_path");
        return AfterPath(add(Image!.DataAddress, WriteValue(RegoWriter.Write(path, RegoNotation.Json)), WriteValue(json)),
            path);
    }

    /// <summary>Removes what is at a path of the data.</summary>
    public DataImage RemovePath(RegoArray path)
    {
        using var _ = WithinLoadDeadline();
        if (exports.RemovePath is not { } remove) throw NoPaths("opa_value_remove_path");
        return AfterPath(remove(Image!.DataAddress, WriteValue(RegoWriter.Write(path, RegoNotation.Json))), path);
    }

    /// <summary>The data as JSON.</summary>
    public byte[] DumpData()
    {
        using var _ = WithinLoadDeadline();
        return BytesAt(exports.JsonDump(Image!.DataAddress)).ToArray();
    }

    /// <summary>Whether the last evaluation was ended by its deadline. The instance cannot be used again then.</summary>
    public bool HasDeadlinePassed { get; private set; }

    /// <summary>
    /// Evaluates an entrypoint with a JSON input, or with none; the set of results as JSON, which lies in the memory until
    /// the next call.
    /// </summary>
    public ReadOnlySpan<byte> Evaluate(int entrypoint, ReadOnlySpan<byte> input, CancellationToken cancellation)
    {
        context.Begin();
        if (cancellation.CanBeCanceled) store.SetCancellation(cancellation);
        evaluation.Begin();
        try
        {
            return exports.Evaluate is null ? EvaluateByContext(entrypoint, input) : EvaluateAtOnce(entrypoint, input);
        }
        finally
        {
            HasDeadlinePassed = evaluation.End();
            if (cancellation.CanBeCanceled) store.SetCancellation(CancellationToken.None);
        }
    }

    /// <summary>The failures of builtins in the last evaluation.</summary>
    public IReadOnlyList<string> TakeBuiltinErrors() => context.TakeErrors();

    public void Dispose()
    {
        module.Watchdog.Forget(evaluation);
        store.Dispose();
    }

    // From 1.2 on: everything in one call, which puts the heap back by itself.
    private ReadOnlySpan<byte> EvaluateAtOnce(int entrypoint, ReadOnlySpan<byte> input)
    {
        var image = Image!;
        var (address, end) = (image.HeapEnd, image.HeapEnd + input.Length);
        if ((ulong)end >= memory.ByteLength)
        {
            // Its allocator must know how much memory there is, so it is the one that takes more.
            exports.SetHeapEnd(image.HeapEnd);
            address = exports.Malloc(input.Length);
            end = exports.HeapEnd();
        }

        input.CopyTo(memory.GetSpan((uint)address, input.Length));
        return BytesAt(exports.Evaluate!(
            0, entrypoint, image.DataAddress, input.IsEmpty ? 0 : address, input.Length, (end + 7) & ~7, Json));
    }

    private ReadOnlySpan<byte> EvaluateByContext(int entrypoint, ReadOnlySpan<byte> input)
    {
        var image = Image!;
        exports.SetHeapEnd(image.HeapEnd);
        var run = exports.NewContext();
        if (!input.IsEmpty) exports.SetInput(run, WriteValue(input));
        exports.SetContextData(run, image.DataAddress);
        exports.SetEntrypoint?.Invoke(run, entrypoint);
        exports.EvaluateContext(run);
        return BytesAt(exports.JsonDump(exports.GetResult(run)));
    }

    private LoadDeadline WithinLoadDeadline()
    {
        store.SetDeadline(module.Options.LoadDeadline);
        return new LoadDeadline(store);
    }

    private int Call(int id, params ReadOnlySpan<int> addresses)
    {
        var arguments = new RegoValue[addresses.Length];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = ReadValue(addresses[i]);
        var result = context.Call(module.Builtins, id, arguments);
        return result is null ? 0
            : WriteValue(RegoWriter.Write(result, exports.HasRegoNotation ? RegoNotation.Rego : RegoNotation.Json));
    }

    private void Abort(int address)
    {
        var reason = ReadText(address);
        if (reason == "opa_malloc: failed") throw OutOfMemory();
        throw new PolicyException(PolicyErrorKind.Aborted, $"the policy {module.Name} aborted: {reason}");
    }

    private DataImage AfterPath(int error, RegoArray path) => error == 0
        ? Capture(Image!.DataAddress)
        : throw new PolicyException(PolicyErrorKind.BadDocument, error == 2
            ? $"the path {path} leads through what is no object, or names nothing"
            : $"the data cannot be changed at {path}: the policy says error {error}");

    private DataImage Capture(int data)
    {
        var end = (exports.HeapEnd() + 7) & ~7;
        return Image = new DataImage(memory.ReadBytes(0, end), data, end, memory.ByteLength);
    }

    private RegoValue ReadValue(int address) => RegoValue.Parse(BytesAt(exports.Dump(address)));

    private int WriteValue(ReadOnlySpan<byte> text)
    {
        var address = exports.Malloc(Math.Max(text.Length, 1));
        if (!memory.TryGetSpan((uint)address, (ulong)text.Length, out var target)) throw OutOfMemory();
        text.CopyTo(target);
        var value = exports.Parse(address, text.Length);
        // Values have copies of their strings.
        exports.Free?.Invoke(address);
        return value != 0 ? value : throw new PolicyException(
            PolicyErrorKind.BadDocument, $"the policy cannot read the document, which is not JSON: {Beginning(text)}");
    }

    private static string Beginning(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text[..Math.Min(text.Length, 60)]);

    private string ReadText(int address) => Encoding.UTF8.GetString(BytesAt(address));

    // The texts of policies end with a zero.
    private ReadOnlySpan<byte> BytesAt(int address)
    {
        var (start, length) = ((uint)address, memory.ByteLength);
        if (start >= length) throw new TrapException(TrapKind.MemoryOutOfBounds);
        var rest = memory.GetSpan(start, (int)Math.Min(length - start, int.MaxValue));
        var end = rest.IndexOf((byte)0);
        return end >= 0 ? rest[..end]
            : throw new PolicyException(PolicyErrorKind.NotAPolicy, "the policy gave a text without an end");
    }

    private PolicyException OutOfMemory() => new(
        PolicyErrorKind.LimitReached,
            $"the policy needs more memory than it may have: {module.Options.MemoryBytes} bytes (PolicyOptions.MemoryBytes)");

    private PolicyException NoPaths(string export) => new(
        PolicyErrorKind.NotAPolicy, $"the policy {module.Name} has no function {export}; set its data as a whole");

    /// <summary>Bounds the time in which a policy is loaded or parses its data.</summary>
    private readonly struct LoadDeadline(Store store) : IDisposable
    {
        public void Dispose() => store.SetDeadline(Timeout.InfiniteTimeSpan);
    }
}
