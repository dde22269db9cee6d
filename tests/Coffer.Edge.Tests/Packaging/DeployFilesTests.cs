using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Coffer.Edge.Configuration;
using YamlDotNet.RepresentationModel;

namespace Coffer.Edge.Tests.Packaging;

/// <summary>The files in <c>deploy/</c>: that they are what they should be, and agree with the server.</summary>
public sealed class DeployFilesTests
{
    private const string ConfigurationFile = "/etc/coffer/coffer.json";

    [Fact]
    public void Configuration_IsOne_AndTheSameEverywhere()
    {
        var text = Read("coffer.json");
        var configuration = EdgeConfigurationReader.Read(Encoding.UTF8.GetBytes(text), "coffer.json", "/etc/coffer");
        Assert.Equal(8080, configuration.Listeners.Single().Address.Port);
        Assert.Equal("/var/lib/coffer", configuration.Admin!.State);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(Scalar(Kind("ConfigMap"), "data", "coffer.json"))));
    }

    [Fact]
    public void Kubernetes_PortsAndFolders_AreThoseOfTheConfiguration()
    {
        var configuration = Configured();
        var container = Container();
        var ports = Sequence(container, "ports").ToDictionary(port => Scalar(port, "name"), port => int.Parse(Scalar(port, "containerPort"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(configuration.Listeners.Single().Address.Port, ports["http"]);
        Assert.Equal(configuration.Monitor!.Address.Port, ports["monitor"]);
        // Administration is of the pod alone.
        Assert.DoesNotContain(configuration.Admin!.Listener.Address.Port, ports.Values);
        var service = Assert.Single(Sequence(Kind("Service"), "spec", "ports"));
        Assert.Equal("http", Scalar(service, "targetPort"));
        var mounts = Sequence(container, "volumeMounts").ToDictionary(mount => Scalar(mount, "mountPath"), mount => Scalar(mount, "name"));
        Assert.Equal("state", mounts[configuration.Admin.State!]);
        Assert.Equal("configuration", mounts[Path.GetDirectoryName(ConfigurationFile)!]);
        var variables = Sequence(container, "env").ToList();
        Assert.Contains(variables, variable => Scalar(variable, "name") == configuration.Admin.TokenVariable && Has(variable, "valueFrom", "secretKeyRef"));
        Assert.Contains(variables, variable => Scalar(variable, "name") == "COFFER_CACHE" && mounts.ContainsKey(Scalar(variable, "value")));
        var volumes = Sequence(Kind("Deployment"), "spec", "template", "spec", "volumes").Select(volume => Scalar(volume, "name")).ToHashSet();
        Assert.All(mounts.Values, name => Assert.Contains(name, volumes));
        Assert.Equal(["serve", "--config", ConfigurationFile], Sequence(container, "args").Select(each => ((YamlScalarNode)each).Value));
    }

    [Fact]
    public async Task Kubernetes_Probes_AreAnsweredByTheServer()
    {
        await using var edge = await StartConfiguredAsync();
        using var monitor = new HttpClient { BaseAddress = new Uri(edge.Server.Addresses[^1]) };
        foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
        {
            Assert.Equal("monitor", Scalar(Container(), probe, "httpGet", "port"));
            using var answer = await monitor.GetAsync(Scalar(Container(), probe, "httpGet", "path"));
            Assert.True(answer.IsSuccessStatusCode, probe);
        }

        var annotations = Find(Kind("Deployment"), "spec", "template", "metadata", "annotations");
        Assert.Equal(Configured().Monitor!.Address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), Scalar(annotations, "prometheus.io/port"));
        Assert.Contains("coffer_edge", await monitor.GetStringAsync(Scalar(annotations, "prometheus.io/path")), StringComparison.Ordinal);
    }

    [Fact]
    public void Kubernetes_Pod_HasNoPrivileges_AndTimeToDrain()
    {
        var pod = Find(Kind("Deployment"), "spec", "template", "spec");
        Assert.Equal("true", Scalar(pod, "securityContext", "runAsNonRoot"));
        Assert.Equal("false", Scalar(pod, "automountServiceAccountToken"));
        Assert.Equal("true", Scalar(Container(), "securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("false", Scalar(Container(), "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("ALL", ((YamlScalarNode)Sequence(Container(), "securityContext", "capabilities", "drop").Single()).Value);
        Assert.True(Has(Container(), "resources", "limits", "memory"));
        var pause = int.Parse(Scalar(Container(), "lifecycle", "preStop", "sleep", "seconds"), System.Globalization.CultureInfo.InvariantCulture);
        var grace = int.Parse(Scalar(pod, "terminationGracePeriodSeconds"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(grace > Configured().DrainTime.TotalSeconds + pause);
    }

    [Fact]
    public void Unit_SaysWhatItMust()
    {
        var settings = Unit();
        Assert.Equal("notify", settings["Type"]);
        Assert.EndsWith($"coffer serve --config {ConfigurationFile}", settings["ExecStart"], StringComparison.Ordinal);
        Assert.Equal(settings["ExecStart"] + " --check", settings["ExecStartPre"]);
        foreach (var name in (string[])["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "ProtectKernelModules", "RestrictNamespaces", "LockPersonality", "DynamicUser"]) Assert.Equal("yes", settings[name]);
        Assert.Equal("strict", settings["ProtectSystem"]);
        // What the JIT compiler and the guards of memories cannot do without.
        Assert.DoesNotContain("MemoryDenyWriteExecute", settings.Keys);
        Assert.DoesNotContain("LimitAS", settings.Keys);
        Assert.Equal("/var/lib/" + settings["StateDirectory"], Configured().Admin!.State);
        Assert.Contains("COFFER_CACHE=/var/cache/" + settings["CacheDirectory"], settings["Environment"], StringComparison.Ordinal);
        Assert.True(int.Parse(settings["TimeoutStopSec"], System.Globalization.CultureInfo.InvariantCulture) > Configured().DrainTime.TotalSeconds);
    }

    [Fact]
    public async Task Unit_IsAcceptedBySystemd()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "there is no systemd-analyze here");
        using var folder = new TemporaryDirectory();
        // It looks whether the programs are there.
        await File.WriteAllTextAsync(folder["coffer.service"], Read("systemd/coffer.service").Replace("/usr/bin/coffer", "/bin/true", StringComparison.Ordinal));
        using var process = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", folder["coffer.service"]]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.DoesNotContain("coffer.service", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Container_RunsWithoutRootAndWithoutAShell()
    {
        var lines = Read("container/Containerfile").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.Equal(2, lines.Count(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        var last = lines[lines.FindLastIndex(line => line.StartsWith("FROM ", StringComparison.Ordinal))..];
        Assert.DoesNotContain(last, line => line.StartsWith("RUN ", StringComparison.Ordinal));
        var user = Assert.Single(last, line => line.StartsWith("USER ", StringComparison.Ordinal))["USER ".Length..];
        Assert.Equal(Scalar(Kind("Deployment"), "spec", "template", "spec", "securityContext", "runAsUser"), user.Split(':')[0]);
        // In the form that starts no shell.
        Assert.All(last.Where(line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal) || line.StartsWith("CMD", StringComparison.Ordinal)), line => Assert.Contains("[\"", line, StringComparison.Ordinal));
        var arguments = JsonNode.Parse(last.Single(line => line.StartsWith("CMD ", StringComparison.Ordinal))["CMD ".Length..])!.AsArray().Select(each => (string)each!);
        Assert.Equal(["serve", "--config", ConfigurationFile], arguments);
        var exposed = last.Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal)).Split(' ')[1..];
        Assert.Equal([$"{Configured().Listeners.Single().Address.Port}", $"{Configured().Monitor!.Address.Port}"], exposed);
    }

    // As it is, but for what is of this machine: other ports, and a folder and a token of the test.
    private static Task<TestEdge> StartConfiguredAsync()
    {
        var configuration = JsonNode.Parse(Read("coffer.json"))!;
        configuration["listeners"]![0]!["address"] = "127.0.0.1:0";
        configuration["monitor"]!["address"] = "127.0.0.1:0";
        configuration["admin"]!["address"] = "127.0.0.1:0";
        configuration["admin"]!["state"] = "state";
        configuration["admin"]!["token"] = new JsonObject { ["file"] = "token" };
        return TestEdge.StartAsync(configuration.ToJsonString(), ("token", "a-token-that-only-tests-have-0123456789"));
    }

    private static EdgeConfiguration Configured() => EdgeConfigurationReader.Read(Encoding.UTF8.GetBytes(Read("coffer.json")), "coffer.json", "/etc/coffer");

    private static Dictionary<string, string> Unit() => Read("systemd/coffer.service").Split('\n')
        .Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    private static YamlNode Container() => Sequence(Kind("Deployment"), "spec", "template", "spec", "containers").Single();

    private static YamlMappingNode Kind(string kind)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read("kubernetes/coffer.yaml")));
        return stream.Documents.Select(document => (YamlMappingNode)document.RootNode).Single(document => Scalar(document, "kind") == kind);
    }

    private static YamlNode Find(YamlNode node, params string[] path) => path.Aggregate(node, (current, name) => ((YamlMappingNode)current).Children[new YamlScalarNode(name)]);

    private static bool Has(YamlNode node, params string[] path)
    {
        foreach (var name in path)
        {
            if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(new YamlScalarNode(name), out var next)) return false;
            node = next;
        }

        return true;
    }

    private static string Scalar(YamlNode node, params string[] path) => ((YamlScalarNode)Find(node, path)).Value!;

    private static IEnumerable<YamlNode> Sequence(YamlNode node, params string[] path) => ((YamlSequenceNode)Find(node, path)).Children;

    private static string Read(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "deploy", name);
            if (File.Exists(Path.Combine(folder.FullName, "Coffer.slnx"))) return File.ReadAllText(path);
        }

        throw new DirectoryNotFoundException("the folder deploy is not above the tests");
    }
}
