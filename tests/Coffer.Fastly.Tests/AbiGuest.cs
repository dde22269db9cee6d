using System.Buffers.Binary;
using System.Text;
using Coffer.Fastly.Abi;
using Coffer.Fastly.Ambient;
using Coffer.Fastly.Running;
using Coffer.Wasi;

namespace Coffer.Fastly.Tests;

/// <summary>
/// A guest whose code is the test: it imports every function of the ABI, and exports each, so that a test calls them one by
/// one with the pointers it likes.
/// </summary>
internal sealed class AbiGuest : IDisposable
{
    /// <summary>Bytes of its memory.</summary>
    public const int MemorySize = 4 << 16;

    /// <summary>Where results are written that tests do not name.</summary>
    public const int Result = 64, Result2 = 72, Result3 = 80, Written = 88;

    /// <summary>Where buffers are, and how long they are.</summary>
    public const int Buffer = 4096, BufferSize = 4096;

    private const int FirstFree = 16384;
    private static readonly Engine Engine = new();
    private static readonly Lazy<Module> Compiled = new(() => Module.CompileText(Engine, Wat()));
    private readonly Instance instance;
    private readonly Store store;
    private readonly Memory memory;
    private int next = FirstFree;

    private AbiGuest(FastlyApplication application, TestRequest request, TestResponse response, TestLog log, CancellationToken cancellation)
    {
        Application = application;
        Response = response;
        Log = log;
        store = new Store(Engine);
        store.SetDeadline(TimeSpan.FromSeconds(60));
        if (cancellation.CanBeCanceled) store.SetCancellation(cancellation);
        Session = new FastlySession(application, store, request, response, log, cancellation);
        store.Data = Session;
        instance = HostLinker.For(Compiled.Value).Instantiate(store, Compiled.Value);
        memory = instance.GetMemory();
    }

    public static Module Program => Compiled.Value;

    public FastlyApplication Application { get; }

    public FastlySession Session { get; }

    public TestResponse Response { get; }

    public TestLog Log { get; }

    public static async Task<AbiGuest> StartAsync(
        string toml = "", TestRequest? request = null, TestResponse? response = null, FastlyServices? services = null, FastlyLimits? limits = null,
        CancellationToken cancellation = default)
    {
        var log = new TestLog();
        var configuration = FastlyConfiguration.Parse(toml, "fastly.toml", new ConfigurationFiles(Path.GetTempPath()));
        services = (services ?? new FastlyServices { Capabilities = TestApplication.Usual }) with { Log = log };
        var application = await FastlyApplication.CreateAsync(Compiled.Value, configuration, services, limits, cancellation);
        return new AbiGuest(application, request ?? new TestRequest(), response ?? new TestResponse(), log, cancellation);
    }

    /// <summary>Another run of the same application.</summary>
    public AbiGuest Another() => new(Application, new TestRequest(), new TestResponse(), Log, default);

    /// <summary>Calls a function, and gives its status.</summary>
    public FastlyStatus Call(string function, params ReadOnlySpan<int> arguments)
    {
        var export = instance.GetFunction(function);
        var values = new Value[arguments.Length];
        for (var i = 0; i < values.Length; i++) values[i] = arguments[i];
        return (FastlyStatus)export.Invoke(values)[0].AsI32();
    }

    /// <summary>Calls a function that must do what it is asked.</summary>
    public void Do(string function, params ReadOnlySpan<int> arguments)
    {
        var status = Call(function, arguments);
        Assert.True(status == FastlyStatus.Ok, $"{function}: {status}\n{string.Join('\n', Log.Lines)}");
    }

    /// <summary>Calls a function whose last parameter is where its result goes, and gives that.</summary>
    public int Get(string function, params ReadOnlySpan<int> arguments)
    {
        Write(Result, -7);
        Do(function, [.. arguments, Result]);
        return Read(Result);
    }

    /// <summary>Puts a text into the memory.</summary>
    public (int Pointer, int Length) Put(string text) => Put(Encoding.UTF8.GetBytes(text));

    public (int Pointer, int Length) Put(ReadOnlySpan<byte> bytes)
    {
        var pointer = next;
        bytes.CopyTo(memory.GetSpan((uint)pointer, bytes.Length));
        next += (bytes.Length + 7) & ~7;
        return (pointer, bytes.Length);
    }

    /// <summary>Puts numbers of 32 bits one behind the other.</summary>
    public int PutNumbers(params ReadOnlySpan<int> numbers)
    {
        var pointer = next;
        for (var i = 0; i < numbers.Length; i++) Write(pointer + (i * 4), numbers[i]);
        next += ((numbers.Length * 4) + 7) & ~7;
        return pointer;
    }

    public int PutEmpty(int size)
    {
        var pointer = next;
        memory.GetSpan((uint)pointer, size).Clear();
        next += (size + 7) & ~7;
        return pointer;
    }

    /// <summary>Forgets what was put.</summary>
    public void Reset() => next = FirstFree;

    public int Read(int pointer) => BinaryPrimitives.ReadInt32LittleEndian(memory.GetSpan((uint)pointer, 4));

    public long ReadLong(int pointer) => BinaryPrimitives.ReadInt64LittleEndian(memory.GetSpan((uint)pointer, 8));

    public void Write(int pointer, int value) => BinaryPrimitives.WriteInt32LittleEndian(memory.GetSpan((uint)pointer, 4), value);

    public void WriteLong(int pointer, long value) => BinaryPrimitives.WriteInt64LittleEndian(memory.GetSpan((uint)pointer, 8), value);

    public string Text(int pointer, int length) => Encoding.UTF8.GetString(memory.GetSpan((uint)pointer, length));

    /// <summary>Calls a function that ends with a buffer, its length, and where to write how much there is.</summary>
    public string GetText(string function, params ReadOnlySpan<int> arguments)
    {
        Do(function, [.. arguments, Buffer, BufferSize, Written]);
        return Text(Buffer, Read(Written));
    }

    // What tests do most.

    public int NewBody(string text = "")
    {
        var body = Get("fastly_http_body.new");
        if (text.Length > 0) WriteBody(body, text);
        return body;
    }

    public void WriteBody(int body, string text, bool front = false)
    {
        var (pointer, length) = Put(text);
        Assert.Equal(length, Get("fastly_http_body.write", body, pointer, length, front ? 1 : 0));
    }

    public string ReadBody(int body)
    {
        var all = new List<byte>();
        while (true)
        {
            var count = Get("fastly_http_body.read", body, Buffer, BufferSize);
            if (count == 0) return Encoding.UTF8.GetString([.. all]);
            all.AddRange(memory.GetSpan(Buffer, count));
        }
    }

    public int NewRequest(string uri, string method = "GET")
    {
        var request = Get("fastly_http_req.new");
        var (pointer, length) = Put(uri);
        Do("fastly_http_req.uri_set", request, pointer, length);
        (pointer, length) = Put(method);
        Do("fastly_http_req.method_set", request, pointer, length);
        return request;
    }

    public void SetHeader(string kind, int handle, string name, string value)
    {
        var (n, nameLength) = Put(name);
        var (v, valueLength) = Put(value);
        Do($"{kind}.header_insert", handle, n, nameLength, v, valueLength);
    }

    public string GetHeader(string kind, int handle, string name)
    {
        var (pointer, length) = Put(name);
        return GetText($"{kind}.header_value_get", handle, pointer, length);
    }

    public void Dispose()
    {
        Session.Dispose();
        store.Dispose();
        Application.Dispose();
    }

    private static string Wat()
    {
        var text = new StringBuilder("(module (memory (export \"memory\") 4)\n");
        var wrappers = new StringBuilder();
        var functions = HostLinker.All;
        for (var i = 0; i < functions.Count; i++)
        {
            var function = functions[i];
            var type = function is { Module: "fastly_abi" } ? " i64" : string.Concat(Enumerable.Repeat(" i32", function.Parameters));
            var parameters = type.Length > 0 ? $"(param{type})" : "";
            text.Append($"(import \"{function.Module}\" \"{function.Name}\" (func $f{i} {parameters} (result i32)))\n");
            var gets = string.Concat(Enumerable.Range(0, function.Parameters).Select(index => $" (local.get {index})"));
            wrappers.Append($"(func (export \"{function.Module}.{function.Name}\") {parameters} (result i32) (call $f{i}{gets}))\n");
        }

        // Imports come first, then the memory.
        var all = text.ToString();
        var memory = all.IndexOf("(memory", StringComparison.Ordinal);
        var end = all.IndexOf('\n', memory);
        return $"(module\n{all[(end + 1)..]}{all[memory..end]}\n{wrappers}(func (export \"_start\")))";
    }
}
