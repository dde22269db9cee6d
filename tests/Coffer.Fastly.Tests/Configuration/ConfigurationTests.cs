using System.Net;
using Coffer.Capabilities.Tests;
using Coffer.Fastly.Ambient;
using Coffer.Fastly.Backends;

namespace Coffer.Fastly.Tests.Configuration;

/// <summary>What is read of <c>fastly.toml</c>, and how what is wrong is told.</summary>
public sealed class ConfigurationTests
{
    private static FastlyConfiguration Parse(string toml) => FastlyConfiguration.Parse(toml, "fastly.toml", new ConfigurationFiles(Path.GetTempPath()));

    [Fact]
    public void Manifest_OfAProject_IsReadUnmodified()
    {
        var configuration = Parse("""
            # This file describes a Fastly Compute package.
            authors = ["somebody@example.com"]
            description = ""
            language = "javascript"
            manifest_version = 3
            name = "app"
            service_id = ""

            [scripts]
              build = "npm run build"

            [setup.backends.origin]
              address = "example.com"
              port = 443

            [local_server]
              [local_server.backends]
                [local_server.backends.origin]
                  url = "https://example.com/base"
                  override_host = "other.example"
                  cert_host = "cert.example"
                  use_sni = false
                  grpc = true
                  first_byte_timeout_ms = 100
                  between_bytes_timeout_ms = 200
                  health = "unhealthy"

              [local_server.config_stores."a name"]
                format = "inline-toml"
                [local_server.config_stores."a name".contents]
                  "key.with.dots" = "value"

              [local_server.kv_stores]
                empty = []
                [[local_server.kv_stores.full]]
                  key = "first"
                  data = "one"
                [[local_server.kv_stores.full]]
                  key = "second"
                  data = 'two'
                  metadata = "about"
            """);
        var origin = configuration.Backends["origin"];
        Assert.Equal(new Uri("https://example.com/base"), origin.Url);
        Assert.Equal(("other.example", "cert.example", false, true), (origin.OverrideHost, origin.CertificateHost, origin.UsesSni, origin.IsGrpc));
        Assert.Equal((TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200)), (origin.FirstByteTimeout, origin.BetweenBytesTimeout));
        Assert.Equal(BackendHealth.Unhealthy, origin.Health);
        Assert.False(origin.IsDynamic);
        Assert.Equal("value", configuration.ConfigStores["a name"].Get("key.with.dots"));
        Assert.Empty(configuration.KeyValueStores["empty"]);
        Assert.Equal(["first", "second"], configuration.KeyValueStores["full"].Select(seed => seed.Key));
        Assert.Equal("about"u8.ToArray(), configuration.KeyValueStores["full"][1].Metadata!.Value.ToArray());
        Assert.True(configuration.Geolocation.UsesDefaultLoopback);
    }

    [Fact]
    public void Files_OfOthers_AreRead()
    {
        var data = Path.GetDirectoryName(TestData.Require("fastly/viceroy/test-fixtures/data/json-kv_store.json"))!;
        using var folder = new TemporaryDirectory();
        // The file of a store says a path that is meant from the folder of the manifest.
        Directory.CreateDirectory(folder["test-fixtures/data"]);
        Directory.CreateDirectory(folder["cli"]);
        File.Copy(Path.Combine(data, "kv-store.txt"), folder["test-fixtures/data/kv-store.txt"]);
        File.WriteAllText(folder["cli/fastly.toml"], $"""
            [local_server.kv_stores]
            things = {'{'} file = '{data}/json-kv_store.json', format = "json" {'}'}
            [local_server.secret_stores]
            secrets = {'{'} file = '{data}/json-secret_store.json', format = "json" {'}'}
            [local_server.config_stores]
            one = {'{'} file = '{data}/json-config_store.json', format = "json" {'}'}
            [local_server.dictionaries]
            animals = {'{'} file = '{data}/json-dictionary.json', format = "json" {'}'}
            [local_server.geolocation]
            format = "json"
            file = '{data}/geolocation-mapping.json'
            [local_server.device_detection]
            format = "json"
            file = '{data}/device-detection-mapping.json'
            [local_server.acls]
            a = '{data}/my-acl-1.json'
            b = {'{'} file = '{data}/my-acl-2.json' {'}'}
            """);
        var configuration = FastlyConfiguration.Read(folder["cli/fastly.toml"]);
        var things = configuration.KeyValueStores["things"].ToDictionary(seed => seed.Key);
        Assert.Equal(File.ReadAllBytes(Path.Combine(data, "kv-store.txt")), things["second"].Value.ToArray());
        Assert.Equal("some metadata"u8.ToArray(), things["third"].Metadata!.Value.ToArray());
        Assert.Equal("another secret"u8.ToArray(), configuration.SecretStores["secrets"].Get("second")!.Reveal().ToArray());
        Assert.Equal("woof", configuration.ConfigStores["animals"].Get("dog"));
        Assert.Contains("Fastly Test", configuration.Geolocation.Find(IPAddress.Loopback), StringComparison.Ordinal);
        Assert.NotEmpty(configuration.Devices);
        Assert.Equal("BLOCK", configuration.Acls["a"].Find(IPAddress.Parse("192.168.1.1"))!.Action);
        Assert.NotEmpty(configuration.Acls["b"].Entries);
    }

    [Theory]
    [InlineData("json-kv_store-invalid_1.json")]
    [InlineData("json-kv_store-invalid_2.json")]
    public void Files_ThatAreWrong_AreRefused(string file)
    {
        var path = TestData.Require($"fastly/viceroy/test-fixtures/data/{file}");
        var failure = Assert.Throws<FastlyException>(() => Parse($"[local_server.kv_stores]\nx = {{ file = '{path}', format = 'json' }}"));
        Assert.StartsWith("fastly.toml(2): local_server.kv_stores.x", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manifest_version = 99", 1, "manifest_version", "newer")]
    [InlineData("[local_server]\nbackends = 3", 2, "local_server.backends", "table")]
    [InlineData("[local_server.backends.a]\noverride_host = 'x'", 1, "local_server.backends.a", "\"url\"")]
    [InlineData("[local_server.backends.a]\nurl = 'ftp://x'", 2, "local_server.backends.a.url", "no URL")]
    [InlineData("[local_server.backends.a]\nurl = 'http://u:p@x'", 2, "local_server.backends.a.url", "no URL")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nurl_typo = 1", 3, "local_server.backends.a.url_typo", "no key")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nuse_sni = 'yes'", 3, "local_server.backends.a.use_sni", "true or false")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\noverride_host = ' '", 3, "local_server.backends.a.override_host", "empty")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\noverride_host = \"a\\r\\nb\"", 3, "local_server.backends.a.override_host", "Host")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nfirst_byte_timeout_ms = -1", 3, "local_server.backends.a.first_byte_timeout_ms", "milliseconds")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nhealth = 'sick'", 3, "local_server.backends.a.health", "healthy")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nca_certificate = 'none'", 3, "local_server.backends.a.ca_certificate", "no certificate")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nca_certificate = { file = '/does/not/exist' }", 3, "local_server.backends.a.ca_certificate.file", "cannot be read")]
    [InlineData("[local_server.backends.a]\nurl = 'http://x'\nclient_certificate = { certificate = 'a', key = 'b' }", 3, "local_server.backends.a.client_certificate", "PEM")]
    [InlineData("[local_server.config_stores.a]\nformat = 'xml'", 2, "local_server.config_stores.a.format", "no format")]
    [InlineData("[local_server.config_stores.a]\nformat = 'inline-toml'\ncontents = { a = 1 }", 3, "local_server.config_stores.a.contents.a", "text")]
    [InlineData("[local_server.config_stores.a]\nformat = 'json'\nfile = '/does/not/exist'", 3, "local_server.config_stores.a.file", "cannot be read")]
    [InlineData("[[local_server.kv_stores.a]]\nkey = 'x'", 1, "local_server.kv_stores.a[0]", "either")]
    [InlineData("[[local_server.kv_stores.a]]\nkey = 'x'\ndata = 'y'\nfile = 'z'", 1, "local_server.kv_stores.a[0]", "either")]
    [InlineData("[local_server.kv_stores.a]\nfile = 'x'", 1, "local_server.kv_stores.a", "format")]
    [InlineData("[[local_server.secret_stores.a]]\nkey = 'bad name'\ndata = 'y'", 2, "local_server.secret_stores.a[0].key", "no name")]
    [InlineData("[[local_server.secret_stores.a]]\nkey = 'k'\ndata = 'y'\nenv = 'HOME'", 1, "local_server.secret_stores.a[0]", "one of")]
    [InlineData("[local_server.geolocation]\nformat = 'inline-toml'\naddresses = { nowhere = { } }", 3, "local_server.geolocation.addresses.nowhere", "no address")]
    [InlineData("[local_server.shielding_sites]\na = 'remote'", 2, "local_server.shielding_sites.a", "local")]
    [InlineData("[local_server.acls]\na = '/does/not/exist'", 2, "local_server.acls.a", "cannot be read")]
    public void Mistakes_AreToldWithTheirLineAndKey(string toml, int line, string key, string reason)
    {
        var failure = Assert.Throws<FastlyException>(() => Parse(toml));
        Assert.StartsWith($"fastly.toml({line}): {key}: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[local_server\n")]
    [InlineData("a = 1\na = 2")]
    [InlineData("= 3")]
    public void WhatIsNoToml_IsRefused_WithItsPlace(string toml)
    {
        var failure = Assert.Throws<FastlyException>(() => Parse(toml));
        Assert.Contains("fastly.toml", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_AreReadFromTheEnvironment()
    {
        var configuration = Parse("[[local_server.secret_stores.a]]\nkey = 'k'\nenv = 'PATH'");
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), System.Text.Encoding.UTF8.GetString(configuration.SecretStores["a"].Get("k")!.Reveal()));
    }

    [Fact]
    public void Manifest_WithoutALocalServer_IsEmpty() => Assert.Empty(Parse("name = 'x'").Backends);
}
