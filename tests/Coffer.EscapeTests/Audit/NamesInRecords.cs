using System.Buffers;
using System.Text;
using Coffer.Capabilities.Manifests;
using Coffer.Cli;
using Coffer.Cli.Audit;
using Coffer.Cli.Learning;

namespace Coffer.EscapeTests.Audit;

/// <summary>Names that a guest chooses so that whoever reads them in a record, at a terminal or in a manifest is misled.</summary>
internal static class NamesInRecords
{
    private const long Reading = 1 << 1;

    public static void Lines(Scene scene) => AreKept(scene, "a\nb", "a\r\nb", "a\u0085b", "a\u2028b", "a\u2029b", "\n{\"schema\":1,\"allowed\":true}\n");

    public static void TerminalEscapes(Scene scene) =>
        AreKept(scene, "\u001b[2J", "\u001b]0;title\u0007", "\u001b]8;;http://evil\u001b\\click", "\u009b31m", "a\bb", "\u007f", "\u000e", "\u001bP1$r\u001b\\");

    public static void Directions(Scene scene) =>
        AreKept(scene, "\u202egpj.exe", "\u2066a\u2069", "a\u200bb", "\ufeffx", "\u061cx", "\ue000", "\U000e0001");

    public static void Json(Scene scene) =>
        AreKept(scene, "\",\"allowed\":true,\"x\":\"", "\\", "\\\"", "\"}\n{\"", "\\u0000", "<script>", "'; rm -rf x", "$(reboot)", "`reboot`");

    public static void VeryLong(Scene scene) => AreKept(scene, string.Concat(Enumerable.Repeat("x\n/", 1300)));

    /// <summary>Parts of the syntax of grants in a name: a remedy must be the grant it says, or none.</summary>
    public static void Remedies(Scene scene)
    {
        var guest = scene.Start();
        foreach (var path in new[]
        {
            "etc::/x/file", "etc::/x:rw/file", "x:rw/file", "x:ro,write/file", "a:max=1/file", "::/tmp:memory/file", "x:archive/file", "b::/c:/file",
        })
        {
            foreach (var rights in new[] { Reading, 1L << 6, 1 << 6 | Reading })
            {
                Assert.Equal(Errno.NotFound, guest.OpenAt(3, path, out _, GuestCalls.Create, rights));
                var denied = scene.Trail.Events.Last(audited => !audited.Allowed);
                Assert.Equal("/" + path, denied.Resource);
                if (denied.Remedy is null) continue;
                var grant = Assert.IsType<DirectoryGrant>(GrantSyntax.Of(CapabilityKind.Directory).Parse(denied.Remedy["--dir ".Length..]));
                Assert.Equal("/" + path[..path.LastIndexOf('/')], grant.GuestPath);
                Assert.Equal(grant.GuestPath, grant.HostPath);
            }
        }
    }

    /// <summary>A manifest learned from a run: names of files that read as grants of something else.</summary>
    public static void LearnedManifests(Scene scene)
    {
        foreach (var folder in new[] { "x::", "a:rw", "b::/etc:rw", "c:memory", "d\",\"\u002f" })
        {
            scene.Put($"granted/{folder}/etc/passwd", "inside");
        }

        var usage = new UsageSink();
        var granted = new CapabilitySet(scene.Data());
        var guest = scene.Start(scene.Data());
        foreach (var folder in new[] { "x::", "a:rw", "b::/etc:rw", "c:memory" })
        {
            Assert.Equal(Errno.Success, guest.OpenAt(3, $"{folder}/etc/passwd", out _));
        }

        foreach (var audited in scene.Trail.Events) usage.Write(audited);
        var learned = new LearnedGrants(new HostFiles(scene.Granted), usage).From(granted);
        Assert.NotEmpty(learned.Grants);
        Assert.Equal(learned, Manifest.Parse(new Manifest { Capabilities = learned }.ToString()).Capabilities);
        Assert.All(learned.Grants.OfType<DirectoryGrant>(), grant => Assert.StartsWith(scene.Granted, grant.HostPath, StringComparison.Ordinal));
    }

    /// <summary>The names of functions are the guest's too, and as long as it likes.</summary>
    public static void Backtraces(Scene scene)
    {
        var name = "\\1b[2J\\0a" + string.Concat(Enumerable.Repeat("\\f0\\9f\\98\\80", 20_000));
        var program = scene.Load($"""
            (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 100) "../outside/secret")
            (func (export "{name}") (export "_start") (drop (call $open (i32.const 3) (i32.const 1) (i32.const 100) (i32.const 17) (i32.const 0)
              (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 600))))
            """, options: scene.Options(scene.Data()));
        program.Run();

        var denied = scene.Trail.Denied("path_open", "/data/../outside/secret");
        Assert.StartsWith("\uFFFD[2J", denied.Backtrace[0], StringComparison.Ordinal);
        Assert.All(denied.Backtrace, frame => Assert.InRange(frame.Length, 1, 260));
        Assert.Contains("+0x", denied.Backtrace[0], StringComparison.Ordinal);
        AssertReadable(denied);
    }

    private static void AreKept(Scene scene, params string[] names)
    {
        var guest = scene.Start(scene.Data(DirectoryAccess.Read));
        foreach (var name in names)
        {
            Assert.Equal(Errno.ReadOnly, guest.OpenAt(3, name, out _, GuestCalls.Create));
            AssertReadable(scene.Trail.Denied("path_open", $"/data/{name}"));
        }
    }

    private static void AssertReadable(AuditEvent denied)
    {
        var line = new ArrayBufferWriter<byte>();
        AuditJson.Write(line, denied);
        Assert.Equal(-1, line.WrittenSpan.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7e));
        var read = AuditJson.Read(line.WrittenSpan);
        Assert.Equal((denied.Resource, denied.Allowed, denied.Remedy), (read.Resource, read.Allowed, read.Remedy));

        using var error = new MemoryStream();
        using (var report = new DenialReport(new Terminal(Stream.Null, Stream.Null, error), new SharedScreen())) report.Write(denied);
        var text = Encoding.UTF8.GetString(error.ToArray());
        Assert.Equal(4, text.TrimEnd('\n').Split('\n').Length);
        Assert.DoesNotContain(text.EnumerateRunes(), rune => rune.Value != '\n' && GuestText.IsHarmful(rune));
    }
}
