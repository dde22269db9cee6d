namespace Coffer.ProxyWasm.Tests.Hostile;

/// <summary>Filters in the text format that do harm, each of one kind.</summary>
internal static class HostileFilter
{
    /// <summary>A filter whose callbacks are these; each is the body of a function, the others do nothing.</summary>
    public static string With(string more = "", string allocate = "(i32.const 4096)", params (string Callback, string Body)[] callbacks)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (name, signature, result) in Callbacks)
        {
            var body = callbacks.FirstOrDefault(callback => callback.Callback == name).Body ?? result;
            text.AppendLine($"(func (export \"proxy_on_{name}\") {signature} {body})");
        }

        return $"""
            (module
              {Imports}
              (memory (export "memory") 1 16)
              (data (i32.const 0) "x-name")
              (data (i32.const 16) "value")
              (func (export "proxy_abi_version_0_2_1"))
              (func $allocate (export "proxy_on_memory_allocate") (param i32) (result i32) {allocate})
              {more}
              {text}
            )
            """;
    }

    private const string Imports =
        """
        (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
        (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_header_map_pairs" (func $pairs (param i32 i32 i32) (result i32)))
        (import "env" "proxy_set_header_map_pairs" (func $set_pairs (param i32 i32 i32) (result i32)))
        (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_buffer_bytes" (func $set_buffer (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_http_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_send_local_response" (func $respond (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_shared_data" (func $share (param i32 i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_enqueue_shared_queue" (func $enqueue (param i32 i32 i32) (result i32)))
        (import "env" "proxy_register_shared_queue" (func $queue (param i32 i32 i32) (result i32)))
        (import "env" "proxy_define_metric" (func $metric (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_set_effective_context" (func $effective (param i32) (result i32)))
        (import "env" "proxy_set_tick_period_milliseconds" (func $tick (param i32) (result i32)))
        (import "env" "proxy_set_property" (func $property (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
        (import "env" "proxy_close_stream" (func $close (param i32) (result i32)))
        (import "env" "proxy_done" (func $done (result i32)))
        (import "env" "proxy_unheard_of" (func $unheard (param i64 f32 f64 i32) (result i64)))
        """;

    private static readonly (string Name, string Signature, string Result)[] Callbacks =
    [
        ("context_create", "(param i32 i32)", ""),
        ("vm_start", "(param i32 i32) (result i32)", "(i32.const 1)"),
        ("configure", "(param i32 i32) (result i32)", "(i32.const 1)"),
        ("tick", "(param i32)", ""),
        ("request_headers", "(param i32 i32 i32) (result i32)", "(i32.const 0)"),
        ("request_body", "(param i32 i32 i32) (result i32)", "(i32.const 0)"),
        ("response_headers", "(param i32 i32 i32) (result i32)", "(i32.const 0)"),
        ("response_body", "(param i32 i32 i32) (result i32)", "(i32.const 0)"),
        ("http_call_response", "(param i32 i32 i32 i32 i32)", ""),
        ("done", "(param i32) (result i32)", "(i32.const 1)"),
        ("log", "(param i32)", ""),
        ("delete", "(param i32)", ""),
        ("queue_ready", "(param i32 i32)", ""),
    ];
}
