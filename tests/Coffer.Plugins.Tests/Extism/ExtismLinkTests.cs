using System.Text;
using Coffer.Plugins.Extism;
using Coffer.Tests;

namespace Coffer.Plugins.Tests.Extism;

/// <summary>Plugins of several modules, and manifests.</summary>
public sealed class ExtismLinkTests : IAsyncDisposable
{
    private const string Reflect = """
        (module
          (import "extism:host/env" "input_offset" (func $input (result i64)))
          (import "extism:host/env" "length" (func $length (param i64) (result i64)))
          (import "extism:host/env" "output_set" (func $output (param i64 i64)))
          (import "extism:host/user" "host_reflect" (func $reflect (param i64) (result i64)))
          (func (export "reflect") (result i32) (local $at i64)
            (local.set $at (call $reflect (call $input)))
            (call $output (local.get $at) (call $length (local.get $at)))
            (i32.const 0)))
        """;

    private const string Circular = """
        (module
          (import "lhs" "mul_two" (func $mul_two (param i32) (result i32)))
          (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
          (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
          (import "extism:host/env" "output_set" (func $output (param i64 i64)))
          (func (export "encalculate") (result i32) (local $at i64)
            (local.set $at (call $alloc (i64.const 8)))
            (call $store (local.get $at) (i64.extend_i32_u (call $mul_two (i32.const 1))))
            (call $output (local.get $at) (i64.const 8))
            (i32.const 0)))
        """;

    private readonly PluginHost host = new();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    private static string Data(string text) => Convert.ToBase64String(Coffer.Text.TextFormat.Parse(text));

    private Task<Plugin> Load(string json, string? folder = null)
    {
        var manifest = ExtismManifest.Parse(json) with { Folder = folder };
        return host.LoadAsync("linked", PluginSource.FromManifest(manifest), manifest.ApplyTo(PluginOptions.Default), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Upper_LinkedAsUsersModule_MakesItUpperCase()
    {
        var upper = TestData.Require("extism/extism/upper.wasm");
        var plugin = await Load($$"""
            { "wasm": [ { "name": "main", "data": "{{Data(Reflect)}}" }, { "name": "extism:host/user", "path": "{{upper}}" } ] }
            """);
        Assert.Equal("HELLO, WORLD!", plugin.Call("reflect", Encoding.UTF8.GetBytes("Hello, world!")).Text);
    }

    [Fact]
    public async Task Circular_ModulesNeedEachOther_AreLinkedThroughTheHost()
    {
        var folder = TestData.Require("extism/js-sdk");
        var plugin = await Load($$"""
            { "wasm": [
                { "name": "lhs", "path": "00-circular-lhs.wat" },
                { "name": "rhs", "path": "01-circular-rhs.wat" },
                { "name": "main", "data": "{{Data(Circular)}}" } ] }
            """, folder);
        Assert.Equal(127, BitConverter.ToInt64(plugin.Call("encalculate").Output.Span));
    }

    [Fact]
    public async Task FsLink_LinkedWithASide_CallsIt()
    {
        var main = TestData.Require("extism/js-sdk/fs-link.wasm");
        const string side = """(module (func (export "run_test") (result i32) (i32.const 7)))""";
        var plugin = await Load($$"""{ "wasm": [ { "name": "side", "data": "{{Data(side)}}" }, { "name": "main", "path": "{{main}}" } ] }""");
        Assert.Contains("returned 7", Assert.Throws<PluginException>(() => plugin.Call("run_test")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingModule_IsNotLoaded_AndNamed()
    {
        var failure = await Assert.ThrowsAsync<PluginException>(() => Load($$"""{ "wasm": [ { "data": "{{Data(Circular)}}" } ] }"""));
        Assert.Equal(PluginFailure.NotLoaded, failure.Failure);
        Assert.Contains("\"lhs\" \"mul_two\"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hash_ThatIsNot_IsNotLoaded()
    {
        var failure = await Assert.ThrowsAsync<PluginException>(() =>
            Load($$"""{ "wasm": [ { "data": "{{Data(Reflect)}}", "hash": "93898457953d30d016f712ccf4336ce7e9971db5f7f3aff1edd252764f75d5d7" } ] }"""));
        Assert.Contains("hash mismatch", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifest_Whole_IsAppliedToTheOptions()
    {
        var options = ExtismManifest.Parse("""
            {
              "wasm": [],
              "memory": { "max_pages": 5, "max_http_response_bytes": 100, "max_var_bytes": 200 },
              "config": { "a": "b", "none": null },
              "allowed_hosts": ["api.example.com", "*.example.org", "localhost", "10.0.0.1"],
              "allowed_paths": { "/data": "/guest", "ro:/etc/x": "/x" },
              "timeout_ms": 1500
            }
            """).ApplyTo(PluginOptions.Default with { Grants = Capabilities.CapabilitySet.Empty });
        Assert.Equal((5 * 65536, 100, 200, 1500.0),
            (options.Limits.MemoryBytes, options.Limits.HttpResponseBytes, options.Limits.VariableBytes, options.Limits.CallTimeout.TotalMilliseconds));
        Assert.Equal("b", Assert.Single(options.Config).Value);
        Assert.Equal(
            [
                "--http http://api.example.com:*", "--http https://api.example.com:*", "--http http://*.example.org:*",
                "--http https://*.example.org:*", "--http http://localhost+loopback:*", "--http https://localhost+loopback:*",
                "--http http://10.0.0.1:*", "--http https://10.0.0.1:*", "--dir /data::/guest", "--dir /etc/x::/x:ro",
            ],
            options.Grants.Grants.Select(grant => grant.Rule));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ \"wasm\": 5 }")]
    [InlineData("{")]
    public void Manifest_ThatIsNone_IsRefused(string json) =>
        Assert.Contains("manifest", Assert.Throws<InvalidDataException>(() => ExtismManifest.Parse(json)).Message, StringComparison.Ordinal);
}
