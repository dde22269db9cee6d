// wasmtime-guest [--fuel|--epochs|--compile] OUTPUT BUDGET FILE [ARG…]: runs a WASI 0.1 program on Wasmtime, or only compiles
// it; wasmtime-guest --whole FILE [ARG…] runs it once, as a person would, with the streams of this process.
//
// What is declared here of Wasmtime is what its C interface has: the package of it for .NET brings the library without headers.
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "phases.h"

typedef struct wasm_config config_t;
typedef struct wasm_engine engine_t;
typedef struct wasm_functype functype_t;
typedef struct wasm_trap trap_t;
typedef struct wasi_config wasi_t;
typedef struct wasmtime_error error_t;
typedef struct wasmtime_module module_t;
typedef struct wasmtime_store store_t;
typedef struct wasmtime_context context_t;
typedef struct wasmtime_linker linker_t;
typedef struct wasmtime_instance_pre pre_t;
typedef struct { size_t size; void* data; } vector_t;
typedef struct { uint64_t store; size_t index; } instance_t;
typedef struct { uint64_t store; void* function; } function_t;
typedef union { int32_t i32; uint64_t words[3]; } number_t;
typedef struct { uint8_t kind; number_t of; } value_t;
typedef struct { uint8_t kind; union { function_t function; uint64_t words[3]; } of; } extern_t;
typedef trap_t* (*callback_t)(void* data, void* caller, const value_t* in, size_t ins, value_t* out, size_t outs);

config_t* wasm_config_new(void);
engine_t* wasm_engine_new_with_config(config_t*);
functype_t* wasm_functype_new(vector_t* parameters, vector_t* results);
void wasm_functype_delete(functype_t*);
void* wasm_valtype_new(uint8_t kind);
void wasm_valtype_vec_new(vector_t*, size_t, void* const*);
void wasm_trap_message(const trap_t*, vector_t*);
wasi_t* wasi_config_new(void);
bool wasi_config_set_argv(wasi_t*, size_t, const char**);
void wasi_config_inherit_stdin(wasi_t*);
void wasi_config_inherit_stdout(wasi_t*);
void wasi_config_inherit_stderr(wasi_t*);
bool wasi_config_preopen_dir(wasi_t*, const char* host, const char* guest, bool can_change);
void wasmtime_config_consume_fuel_set(config_t*, bool);
void wasmtime_config_epoch_interruption_set(config_t*, bool);
error_t* wasmtime_module_new(engine_t*, const uint8_t*, size_t, module_t**);
void wasmtime_module_delete(module_t*);
store_t* wasmtime_store_new(engine_t*, void* data, void (*finalizer)(void*));
context_t* wasmtime_store_context(store_t*);
void wasmtime_store_delete(store_t*);
error_t* wasmtime_context_set_wasi(context_t*, wasi_t*);
error_t* wasmtime_context_set_fuel(context_t*, uint64_t);
void wasmtime_context_set_epoch_deadline(context_t*, uint64_t);
linker_t* wasmtime_linker_new(engine_t*);
error_t* wasmtime_linker_define_wasi(linker_t*);
void wasmtime_linker_allow_shadowing(linker_t*, bool);
error_t* wasmtime_linker_define_func(
    linker_t*, const char* module, size_t, const char* name, size_t, const functype_t*, callback_t, void* data, void (*finalizer)(void*));
error_t* wasmtime_linker_instantiate_pre(const linker_t*, const module_t*, pre_t**);
error_t* wasmtime_instance_pre_instantiate(const pre_t*, context_t*, instance_t*, trap_t**);
bool wasmtime_instance_export_get(context_t*, const instance_t*, const char* name, size_t, extern_t*);
error_t* wasmtime_func_call(context_t*, const function_t*, const value_t*, size_t, value_t*, size_t, trap_t**);
context_t* wasmtime_caller_context(void* caller);
bool wasmtime_caller_export_get(void* caller, const char* name, size_t, extern_t*);
uint8_t* wasmtime_memory_data(const context_t*, const void* memory);
size_t wasmtime_memory_data_size(const context_t*, const void* memory);
bool wasmtime_error_exit_status(const error_t*, int*);
void wasmtime_error_message(const error_t*, vector_t*);

enum { i32 = 0, i64 = 1, errno_fault = 21 };
static const uint64_t much_fuel = 1ull << 60, late_epoch = 1ull << 40;

static bool takes_fuel, has_epochs;
static engine_t* engine;
static pre_t* pre;
static const char** arguments;
static int argument_count;
static double started, ended;

static void fail(const char* what, vector_t message) {
  fprintf(stderr, "%s: %.*s\n", what, (int)message.size, (const char*)message.data);
  exit(70);
}

static void check(const char* what, error_t* error, trap_t* trap) {
  vector_t message = {0, NULL};
  if (error != NULL) wasmtime_error_message(error, &message), fail(what, message);
  if (trap != NULL) wasm_trap_message(trap, &message), fail(what, message);
}

static trap_t* on_start(void* data, void* caller, const value_t* in, size_t ins, value_t* out, size_t outs) {
  (void)data, (void)caller, (void)in, (void)ins, (void)out, (void)outs;
  started = now();
  return NULL;
}

static trap_t* on_end(void* data, void* caller, const value_t* in, size_t ins, value_t* out, size_t outs) {
  (void)data, (void)caller, (void)in, (void)ins, (void)out, (void)outs;
  ended = now();
  return NULL;
}

// Wasmtime knows no clock of processor time, and a program that measures itself by one (CoreMark) would never end: here it
// is the monotonic one, as for the JavaScript engines.
static trap_t* clock_time_get(void* data, void* caller, const value_t* in, size_t ins, value_t* out, size_t outs) {
  (void)data, (void)ins, (void)outs;
  extern_t memory;
  context_t* context = wasmtime_caller_context(caller);
  if (!wasmtime_caller_export_get(caller, "memory", strlen("memory"), &memory)) exit(73);
  uint64_t at = (uint32_t)in[2].of.i32;
  out->kind = i32;
  if (at + sizeof(uint64_t) > wasmtime_memory_data_size(context, &memory.of)) {
    out->of.i32 = errno_fault;
    return NULL;
  }
  struct timespec time;
  clock_gettime(in[0].of.i32 == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time);
  uint64_t nanoseconds = time.tv_sec * 1000000000ull + time.tv_nsec;
  memcpy(wasmtime_memory_data(context, &memory.of) + at, &nanoseconds, sizeof nanoseconds);
  out->of.i32 = 0;
  return NULL;
}

static vector_t types(size_t count, const uint8_t* kinds) {
  void* list[4];
  vector_t vector = {0, NULL};
  for (size_t i = 0; i < count; i++) list[i] = wasm_valtype_new(kinds[i]);
  if (count > 0) wasm_valtype_vec_new(&vector, count, list);
  return vector;
}

static void define(linker_t* linker, const char* module, const char* name, functype_t* type, callback_t function) {
  check(name, wasmtime_linker_define_func(linker, module, strlen(module), name, strlen(name), type, function, NULL, NULL), NULL);
  wasm_functype_delete(type);
}

static vector_t read_file(const char* file) {
  FILE* stream = fopen(file, "rb");
  if (stream == NULL) perror(file), exit(66);
  fseek(stream, 0, SEEK_END);
  vector_t content = {(size_t)ftell(stream), NULL};
  content.data = malloc(content.size);
  rewind(stream);
  if (fread(content.data, 1, content.size, stream) != content.size) perror(file), exit(66);
  fclose(stream);
  return content;
}

static void make_engine(void) {
  config_t* config = wasm_config_new();
  wasmtime_config_consume_fuel_set(config, takes_fuel);
  wasmtime_config_epoch_interruption_set(config, has_epochs);
  engine = wasm_engine_new_with_config(config);
}

static module_t* compile(vector_t bytes) {
  module_t* module;
  check("compile", wasmtime_module_new(engine, bytes.data, bytes.size, &module), NULL);
  return module;
}

static void prepare(module_t* module) {
  linker_t* linker = wasmtime_linker_new(engine);
  check("wasi", wasmtime_linker_define_wasi(linker), NULL);
  wasmtime_linker_allow_shadowing(linker, true);
  vector_t none = types(0, NULL), more = types(0, NULL);
  define(linker, "bench", "start", wasm_functype_new(&none, &more), on_start);
  define(linker, "bench", "end", wasm_functype_new(&none, &more), on_end);
  vector_t parameters = types(3, (const uint8_t[]){i32, i64, i32}), results = types(1, (const uint8_t[]){i32});
  define(linker, "wasi_snapshot_preview1", "clock_time_get", wasm_functype_new(&parameters, &results), clock_time_get);
  check("link", wasmtime_linker_instantiate_pre(linker, module, &pre), NULL);
}

static int status;

static struct run run(void) {
  struct run result;
  double begin = now();
  store_t* store = wasmtime_store_new(engine, NULL, NULL);
  context_t* context = wasmtime_store_context(store);
  wasi_t* wasi = wasi_config_new();
  wasi_config_set_argv(wasi, argument_count, arguments);
  wasi_config_inherit_stdin(wasi);
  wasi_config_inherit_stdout(wasi);
  wasi_config_inherit_stderr(wasi);
  if (!wasi_config_preopen_dir(wasi, ".", ".", true)) exit(71);
  check("wasi", wasmtime_context_set_wasi(context, wasi), NULL);
  if (takes_fuel) check("fuel", wasmtime_context_set_fuel(context, much_fuel), NULL);
  if (has_epochs) wasmtime_context_set_epoch_deadline(context, late_epoch);
  instance_t instance;
  trap_t* trap = NULL;
  check("instantiate", wasmtime_instance_pre_instantiate(pre, context, &instance, &trap), trap);
  extern_t start;
  if (!wasmtime_instance_export_get(context, &instance, "_start", strlen("_start"), &start)) exit(72);
  result.instantiate = now() - begin;
  ended = 0;
  started = now();
  error_t* error = wasmtime_func_call(context, &start.of.function, NULL, 0, NULL, 0, &trap);
  if (ended == 0) ended = now();
  if (error == NULL || !wasmtime_error_exit_status(error, &status)) check("_start", error, trap);
  result.execute = ended - started;
  wasmtime_store_delete(store);
  return result;
}

// As often as the budget allows, in this process; the first time is only a warm-up, unless it is a long one.
static void measure_compiling(double budget, vector_t bytes) {
  printf("{\"compile\":[");
  double spent = 0;
  for (int i = 0; i < 2 || (spent < budget && i < most_runs); i++) {
    double begin = now();
    module_t* module = compile(bytes);
    double took = now() - begin;
    wasmtime_module_delete(module);
    spent += took;
    if (i > 0 || took > most_warm_up) printf("%s%.6f", i > 1 ? "," : "", took);
    if (took > most_warm_up) break;
  }
  printf("],\"instantiate\":[],\"execute\":[]}\n");
}

int main(int count, char** words) {
  const char* mode = count > 1 && words[1][0] == '-' ? words[1] : "";
  takes_fuel = strcmp(mode, "--fuel") == 0;
  has_epochs = strcmp(mode, "--epochs") == 0;
  bool is_compiling = strcmp(mode, "--compile") == 0, is_whole = strcmp(mode, "--whole") == 0;
  if (*mode != 0 && !takes_fuel && !has_epochs && !is_compiling && !is_whole) return 64;
  if (*mode != 0) count--, words++;
  int file = is_whole ? 1 : 3;
  if (count <= file) return 64;
  arguments = (const char**)words + file;
  argument_count = count - file;
  make_engine();
  vector_t bytes = read_file(words[file]);
  if (is_compiling) {
    measure_compiling(atof(words[2]), bytes);
    return 0;
  }
  double begin = now();
  module_t* module = compile(bytes);
  double took = now() - begin;
  prepare(module);
  if (is_whole) {
    run();
    return status;
  }
  measure(words[1], atof(words[2]), took, run);
  return status;
}
