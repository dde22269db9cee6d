using System.Diagnostics;

namespace Coffer.Benchmarks.Edge;

/// <summary>The servers that are compared, with the files that they need in a folder of their own.</summary>
internal sealed class EdgePeers : IDisposable
{
    private readonly DirectoryInfo folder;

    private EdgePeers(DirectoryInfo folder) => this.folder = folder;

    /// <summary>The servers that there are, Kestrel first.</summary>
    public List<(string Name, Func<int, string[]> Line, string Path)> Servers { get; } = [];

    /// <summary>What could not be had, and why.</summary>
    public List<(string What, string Reason)> Missing { get; } = [];

    public static EdgePeers Prepare()
    {
        var peers = new EdgePeers(Directory.CreateTempSubdirectory("coffer-edge-"));
        peers.AddKestrel();
        peers.AddCoffer();
        peers.AddWorkerd();
        peers.AddProcesses();
        return peers;
    }

    // As many as the server lets run in all: none of the requests that wait shall wait for its turn.
    private const string Concurrency = "512";

    /// <summary>The line of the command that serves a configuration.</summary>
    public static string[] Serving(string configuration) => ["dotnet", Server, "serve", "--config", configuration, "--no-reload"];

    public void Dispose() => folder.Delete(recursive: true);

    // That of the command is compiled ahead, as it is shipped; the one beside the benchmarks is not.
    private static string Server => Environment.GetEnvironmentVariable("COFFER_SERVER") ?? Path.ChangeExtension(typeof(Coffer.Server.Proxy.ProxyServer).Assembly.Location, ".dll");

    /// <summary>The folder of the samples.</summary>
    public static string Samples
    {
        get
        {
            var place = new DirectoryInfo(AppContext.BaseDirectory);
            while (!Directory.Exists(Path.Combine(place.FullName, "samples", "edge"))) place = place.Parent ?? throw new InvalidOperationException("the samples are not beside the benchmarks");
            return Path.Combine(place.FullName, "samples", "edge");
        }
    }

    private void AddKestrel() => Servers.Add(("Kestrel, the same text", port => ["dotnet", typeof(EdgePeers).Assembly.Location, "edge", "plain", $"{port}"], "/x"));

    private void AddCoffer()
    {
        var module = Path.Combine(Samples, "hello.wasm");
        Servers.Add(("coffer, a fresh sandbox each", port => ["dotnet", Server, "serve", module, "--listen", $"127.0.0.1:{port}", "--no-reload", "--limit-concurrency", Concurrency], "/x"));
        var reuse = Write("reuse.json", $$"""
            { "apps": { "hello": { "module": "{{Path.Combine(Samples, "again.wasm")}}", "routes": ["/"], "requestsPerInstance": 1000, "limits": { "concurrency": {{Concurrency}} } } } }
            """);
        Servers.Add(("coffer, 1,000 requests a sandbox", port => ["dotnet", Server, "serve", "--config", reuse, "--listen", $"127.0.0.1:{port}", "--no-reload"], "/x"));
    }

    private void AddWorkerd()
    {
        var program = Environment.GetEnvironmentVariable("COFFER_WORKERD") ?? "";
        if (!File.Exists(program))
        {
            Missing.Add(("workerd", "COFFER_WORKERD names no program: npm install workerd, then its bin/workerd"));
            return;
        }

        Write("worker.js", """
            export default { async fetch(request) {
              if (request.method === "POST") await request.text();
              return new Response("Hello from " + new URL(request.url).pathname + "\n", { headers: { "Content-Type": "text/plain" } });
            } };
            """);
        Servers.Add(("workerd, JavaScript", port =>
        [
            program, "serve", Write($"worker{port}.capnp", $$"""
                using Workerd = import "/workerd/workerd.capnp";
                const config :Workerd.Config = (
                  services = [ (name = "main", worker = .main) ],
                  sockets = [ (name = "http", address = "127.0.0.1:{{port}}", http = (), service = "main") ]
                );
                const main :Workerd.Worker = ( modules = [ (name = "worker", esModule = embed "worker.js") ], compatibilityDate = "2024-09-01" );
                """),
        ], "/x"));
    }

    private void AddProcesses()
    {
        const string Server = "/usr/sbin/lighttpd";
        if (!File.Exists(Server))
        {
            Missing.Add(("a process a request", $"there is no {Server}: apt-get install lighttpd"));
            return;
        }

        using (var build = Process.Start(Path.Combine(Samples, "build.sh"), folder.FullName))
        {
            build.WaitForExit();
            if (build.ExitCode != 0)
            {
                Missing.Add(("a process a request", "the sample cannot be built for this machine"));
                return;
            }
        }

        AddProcess(Server, "a process each", Path.Combine(folder.FullName, "hello"));
        var wrapped = Write("isolated.sh", $"#!/bin/sh\nexec unshare --pid --mount --net --ipc --uts --fork {folder.FullName}/hello\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(wrapped, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        AddProcess(Server, "a process each, in namespaces", wrapped);
    }

    private void AddProcess(string server, string name, string program) => Servers.Add((name, port =>
    [
        server, "-D", "-f", Write($"lighttpd{port}.conf", $$"""
            server.port = {{port}}
            server.bind = "127.0.0.1"
            server.document-root = "{{folder.FullName}}"
            server.modules = ( "mod_cgi", "mod_alias" )
            alias.url = ( "/x" => "{{program}}" )
            cgi.assign = ( "" => "" )
            # A program starts with its request, and reads the body as it comes.
            server.stream-request-body = 2
            server.max-fds = 4096
            """),
    ], "/x"));

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
