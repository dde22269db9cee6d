;; Lets requests pass that have an authorization, and answers the others.
(module
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $respond (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "authorization")
  (data (i32.const 32) "who are you?\n")
  (func (export "proxy_abi_version_0_2_1"))
  ;; What the host gives is needed once: it may always stand at the same place.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (select (i32.const 4096) (i32.const 0) (i32.le_u (local.get $size) (i32.const 8192))))
  (func (export "proxy_on_request_headers") (param $context i32) (param $count i32) (param $end i32) (result i32)
    ;; 0: there is one, go on. Else: 401, and pause, as there is nothing to go on with.
    (if (i32.eqz (call $get (i32.const 0) (i32.const 0) (i32.const 13) (i32.const 64) (i32.const 68)))
      (then (return (i32.const 0))))
    (drop (call $respond (i32.const 401) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 13)
      (i32.const 0) (i32.const 0) (i32.const -1)))
    (i32.const 1)))
