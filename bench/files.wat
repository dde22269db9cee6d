;; Uses the files below its first preopened directory, and writes seven monotonic times in nanoseconds, 8 bytes each, to
;; standard output: before anything, and after each of six kinds of work. See files.mjs.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get"
    (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))

  (memory (export "memory") 3)
  (global $folder i32 (i32.const 3))
  (global $blocks i32 (i32.const 16384))   ;; of 64 KiB: 1 GiB
  (global $small i32 (i32.const 100000))   ;; small operations of each kind
  (global $result i32 (i32.const 16))
  (global $times (mut i32) (i32.const 128))

  (data (i32.const 0) "\00\00\01\00\00\00\01\00")   ;; a buffer of 64 KiB at 64 KiB
  (data (i32.const 32) "\80\00\00\00\38\00\00\00")  ;; the seven times
  (data (i32.const 64) "big")
  (data (i32.const 72) "small/some")
  (data (i32.const 96) "many")

  ;; Any error ends the run: a benchmark of refusals would be a fast one.
  (func $check (param $errno i32) (if (local.get $errno) (then (unreachable))))

  (func $note_time
    (call $check (call $clock_time_get (i32.const 1) (i64.const 1) (global.get $times)))
    (global.set $times (i32.add (global.get $times) (i32.const 8))))

  (func $open (param $path i32) (param $length i32) (param $flags i32) (param $rights i64) (result i32)
    (call $check (call $path_open (global.get $folder) (i32.const 1) (local.get $path) (local.get $length)
      (local.get $flags) (local.get $rights) (i64.const 0) (i32.const 0) (global.get $result)))
    (i32.load (global.get $result)))

  (func $write_big (local $file i32) (local $left i32)
    (local.set $file (call $open (i32.const 64) (i32.const 3) (i32.const 9) (i64.const 0x40)))
    (local.set $left (global.get $blocks))
    (loop $next
      (call $check (call $fd_write (local.get $file) (i32.const 0) (i32.const 1) (global.get $result)))
      (call $check (i32.ne (i32.load (global.get $result)) (i32.const 65536)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $check (call $fd_close (local.get $file))))

  (func $read_big (local $file i32) (local $left i32)
    (local.set $file (call $open (i32.const 64) (i32.const 3) (i32.const 0) (i64.const 0x02)))
    (local.set $left (global.get $blocks))
    (loop $next
      (call $check (call $fd_read (local.get $file) (i32.const 0) (i32.const 1) (global.get $result)))
      (call $check (i32.ne (i32.load (global.get $result)) (i32.const 65536)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $check (call $fd_close (local.get $file))))

  (func $open_and_close (local $left i32)
    (local.set $left (global.get $small))
    (loop $next
      (call $check (call $fd_close (call $open (i32.const 72) (i32.const 10) (i32.const 0) (i64.const 0x02))))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $status (local $left i32)
    (local.set $left (global.get $small))
    (loop $next
      (call $check (call $path_filestat_get
        (global.get $folder) (i32.const 1) (i32.const 72) (i32.const 10) (i32.const 4096)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $list (local $folder i32) (local $left i32)
    (local.set $folder (call $open (i32.const 96) (i32.const 4) (i32.const 2) (i64.const 0x4000)))
    (local.set $left (global.get $small))
    (loop $next
      (call $check (call $fd_readdir
        (local.get $folder) (i32.const 4096) (i32.const 4096) (i64.const 0) (global.get $result)))
      ;; Ten entries of 24 bytes and their names.
      (call $check (i32.lt_u (i32.load (global.get $result)) (i32.const 240)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $check (call $fd_close (local.get $folder))))

  (func $write_small (local $file i32) (local $left i32)
    (local.set $file (call $open (i32.const 72) (i32.const 10) (i32.const 0) (i64.const 0x40)))
    (i32.store (i32.const 4) (i32.const 16))
    (local.set $left (global.get $small))
    (loop $next
      (call $check (call $fd_write (local.get $file) (i32.const 0) (i32.const 1) (global.get $result)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $check (call $fd_close (local.get $file))))

  (func (export "_start")
    (call $note_time)
    (call $write_big) (call $note_time)
    (call $read_big) (call $note_time)
    (call $open_and_close) (call $note_time)
    (call $status) (call $note_time)
    (call $list) (call $note_time)
    (call $write_small) (call $note_time)
    (call $check (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (global.get $result)))))
