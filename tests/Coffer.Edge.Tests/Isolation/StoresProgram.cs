using System.Globalization;

namespace Coffer.Edge.Tests.Isolation;

/// <summary>
/// A program for Fastly Compute that tells what it finds in stores, the cache and a rate counter, all under names that other apps use
/// too, and then leaves there what its configuration store says.
/// </summary>
internal static class StoresProgram
{
    private static readonly string[] Texts =
        ["settings", "key", "secrets", "token", "things", "counter", "origin", "config=", ";secret=", ";kv=", ";cache=", ";rate=", "x-secret"];

    /// <summary>Looks and leaves.</summary>
    public static string Looking { get; } = Make("""
        (call $say "config=") (call $tell (call $config))
        (call $say ";secret=") (call $tell (call $secret))
        (call $say ";kv=")
        (drop (call $kv_open "things" (i32.const 40)))
        (i32.store (i32.const 44) (i32.const -1))
        (drop (call $kv_lookup (i32.load (i32.const 40)) "key" (i32.const 44)))
        (if (i32.ne (i32.load (i32.const 44)) (i32.const -1)) (then (drop (call $append (i32.load (i32.const 12)) (i32.load (i32.const 44))))))
        (call $say ";cache=")
        (drop (call $cache_lookup "key" (i32.const 0) (i32.const 0) (i32.const 48)))
        (drop (call $cache_state (i32.load (i32.const 48)) (i32.const 52)))
        (if (i32.and (i32.load (i32.const 52)) (i32.const 1))
          (then
            (drop (call $cache_body (i32.load (i32.const 48)) (i32.const 0) (i32.const 2000) (i32.const 56)))
            (drop (call $append (i32.load (i32.const 12)) (i32.load (i32.const 56))))))
        (call $say ";rate=")
        (drop (call $count "counter" "key" (i32.const 60) (i32.const 64)))
        (i32.store8 (i32.const 68) (i32.add (i32.const 48) (i32.load (i32.const 64))))
        (call $tell_at (i32.const 68) (i32.const 1))
        ;; What the configuration says is left everywhere.
        (local.set $length (call $config))
        (if (i32.gt_s (local.get $length) (i32.const 0))
          (then
            (drop (call $body_new (i32.const 72)))
            (drop (call $body_write (i32.load (i32.const 72)) (i32.const 4096) (local.get $length) (i32.const 0) (i32.const 76)))
            (drop (call $kv_insert (i32.load (i32.const 40)) "key" (i32.load (i32.const 72))))
            (i64.store (i32.const 2000) (i64.const 3600000000000))
            (drop (call $cache_insert "key" (i32.const 0) (i32.const 2000) (i32.const 80)))
            (drop (call $body_write (i32.load (i32.const 80)) (i32.const 4096) (local.get $length) (i32.const 0) (i32.const 76)))
            (drop (call $close (i32.load (i32.const 80))))
            (drop (call $increment "counter" "key" (i32.const 1)))))
        (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 0)))
        """);

    /// <summary>
    /// Shows its secret to a backend that does not answer, in a header and as the body, answers with it in a header and as the body, and echoes the
    /// headers of the request; with a query it fails before it answers.
    /// </summary>
    public static string Showing { get; } = Make("""
        (local.set $length (call $secret))
        (drop (call $uri (i32.load (i32.const 0)) (i32.const 8192) (i32.const 1000) (i32.const 92)))
        (drop (call $names (i32.load (i32.const 0)) (i32.const 16384) (i32.const 4096) (i32.const 0) (i32.const 104) (i32.const 96)))
        (drop (call $req_header (i32.load (i32.const 0)) "x-secret" (i32.const 4096) (local.get $length)))
        (drop (call $body_new (i32.const 72)))
        (drop (call $body_write (i32.load (i32.const 72)) (i32.const 4096) (local.get $length) (i32.const 0) (i32.const 76)))
        (drop (call $fetch (i32.load (i32.const 0)) (i32.load (i32.const 72)) "origin" (i32.const 84) (i32.const 88)))
        (drop (call $resp_header (i32.load (i32.const 8)) "x-secret" (i32.const 4096) (local.get $length)))
        (call $tell (local.get $length))
        (call $tell_at (i32.const 16384) (i32.load (i32.const 96)))
        (if (i32.eq (i32.load8_u (i32.sub (i32.add (i32.const 8192) (i32.load (i32.const 92))) (i32.const 1))) (i32.const 63)) (then unreachable))
        (drop (call $send (i32.load (i32.const 8)) (i32.load (i32.const 12)) (i32.const 0)))
        """);

    private static string Make(string body)
    {
        foreach (var text in Texts) body = body.Replace($"\"{text}\"", Of(text), StringComparison.Ordinal);
        return $"""
            (module
              (import "fastly_http_req" "body_downstream_get" (func $downstream (param i32 i32) (result i32)))
              (import "fastly_http_req" "send" (func $fetch (param i32 i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_http_req" "header_insert" (func $req_header (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_http_req" "header_names_get" (func $names (param i32 i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_http_req" "uri_get" (func $uri (param i32 i32 i32 i32) (result i32)))
              (import "fastly_http_resp" "new" (func $response (param i32) (result i32)))
              (import "fastly_http_resp" "header_insert" (func $resp_header (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_http_resp" "send_downstream" (func $send (param i32 i32 i32) (result i32)))
              (import "fastly_http_body" "new" (func $body_new (param i32) (result i32)))
              (import "fastly_http_body" "write" (func $body_write (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_http_body" "append" (func $append (param i32 i32) (result i32)))
              (import "fastly_http_body" "close" (func $close (param i32) (result i32)))
              (import "fastly_config_store" "open" (func $config_open (param i32 i32 i32) (result i32)))
              (import "fastly_config_store" "get" (func $config_get (param i32 i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_secret_store" "open" (func $secret_open (param i32 i32 i32) (result i32)))
              (import "fastly_secret_store" "get" (func $secret_get (param i32 i32 i32 i32) (result i32)))
              (import "fastly_secret_store" "plaintext" (func $plaintext (param i32 i32 i32 i32) (result i32)))
              (import "fastly_object_store" "open" (func $kv_open (param i32 i32 i32) (result i32)))
              (import "fastly_object_store" "lookup" (func $kv_lookup (param i32 i32 i32 i32) (result i32)))
              (import "fastly_object_store" "insert" (func $kv_insert (param i32 i32 i32 i32) (result i32)))
              (import "fastly_cache" "lookup" (func $cache_lookup (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_cache" "insert" (func $cache_insert (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_cache" "get_state" (func $cache_state (param i32 i32) (result i32)))
              (import "fastly_cache" "get_body" (func $cache_body (param i32 i32 i32 i32) (result i32)))
              (import "fastly_erl" "ratecounter_increment" (func $increment (param i32 i32 i32 i32 i32) (result i32)))
              (import "fastly_erl" "ratecounter_lookup_count" (func $count (param i32 i32 i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 4)
              (data (i32.const 1000) "{string.Concat(Texts)}")
              (func $tell_at (param $place i32) (param $length i32)
                (drop (call $body_write (i32.load (i32.const 12)) (local.get $place) (local.get $length) (i32.const 0) (i32.const 76))))
              (func $say (param $place i32) (param $length i32) (call $tell_at (local.get $place) (local.get $length)))
              (func $tell (param $length i32)
                (if (i32.gt_s (local.get $length) (i32.const 0)) (then (call $tell_at (i32.const 4096) (local.get $length)))))
              (func $config (result i32)
                (i32.store (i32.const 28) (i32.const 0))
                (if (call $config_open {Of("settings")} (i32.const 20)) (then (return (i32.const 0))))
                (if (call $config_get (i32.load (i32.const 20)) {Of("key")} (i32.const 4096) (i32.const 1000) (i32.const 28)) (then (return (i32.const 0))))
                (i32.load (i32.const 28)))
              (func $secret (result i32)
                (i32.store (i32.const 28) (i32.const 0))
                (if (call $secret_open {Of("secrets")} (i32.const 20)) (then (return (i32.const 0))))
                (if (call $secret_get (i32.load (i32.const 20)) {Of("token")} (i32.const 24)) (then (return (i32.const 0))))
                (if (call $plaintext (i32.load (i32.const 24)) (i32.const 4096) (i32.const 1000) (i32.const 28)) (then (return (i32.const 0))))
                (i32.load (i32.const 28)))
              (func (export "_start") (local $length i32)
                (drop (call $downstream (i32.const 0) (i32.const 4)))
                (drop (call $response (i32.const 8)))
                (drop (call $body_new (i32.const 12)))
                {body}))
            """;
    }

    // Where a text is in the memory, and how long it is.
    private static string Of(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"(i32.const {1000 + Texts.TakeWhile(each => each != text).Sum(each => each.Length)}) (i32.const {text.Length})");
}
