namespace Coffer.Opa.Tests.Abi;

/// <summary>Policies written by hand, for what no compiler of policies emits.</summary>
internal static class WrittenPolicy
{
    /// <summary>
    /// A policy of ABI 1.2 with one entrypoint, <c>test</c>, whose evaluation is what is given; its answer is at address
    /// 64: <c>[{"result":true}]</c>.
    /// </summary>
    public static byte[] Evaluating(string body, string more = "", string parse = "") => Answering("true", body, more, parse);

    /// <summary>The same with another result, as JSON.</summary>
    public static byte[] Answering(string result, string body = "", string more = "", string parse = "") => Coffer.Text.TextFormat.Parse($$"""
        (module
          (import "env" "memory" (memory 2))
          (import "env" "opa_abort" (func $abort (param i32)))
          (import "env" "opa_builtin0" (func $builtin0 (param i32 i32) (result i32)))
          (global (export "opa_wasm_abi_version") i32 (i32.const 1))
          (global (export "opa_wasm_abi_minor_version") i32 (i32.const 2))
          (global $heap (mut i32) (i32.const 4096))
          (data (i32.const 16) "{\"test\":0}\00")
          (data (i32.const 32) "{\"none\":0}\00")
          (data (i32.const 64) "[{\"result\":{{result}}}]\00")
          (func (export "opa_malloc") (param i32) (result i32)
            (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
          (func (export "opa_heap_ptr_get") (result i32) (global.get $heap))
          (func (export "opa_heap_ptr_set") (param i32) (global.set $heap (local.get 0)))
          (func (export "opa_json_dump") (param i32) (result i32) (local.get 0))
          (func (export "opa_json_parse") (param i32 i32) (result i32) {{parse}} (local.get 0))
          (func (export "entrypoints") (result i32) (i32.const 16))
          (func (export "builtins") (result i32) (i32.const 32))
          (func (export "opa_eval_ctx_new") (result i32) (i32.const 0))
          (func (export "opa_eval_ctx_set_input") (param i32 i32))
          (func (export "opa_eval_ctx_set_data") (param i32 i32))
          (func (export "opa_eval_ctx_get_result") (param i32) (result i32) (i32.const 64))
          (func (export "eval") (param i32) (result i32) (i32.const 0))
          (func $eval (export "opa_eval") (param i32 i32 i32 i32 i32 i32 i32) (result i32) {{body}} (i32.const 64))
          {{more}})
        """);
}
