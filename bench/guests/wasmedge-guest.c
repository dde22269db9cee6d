// wasmedge-guest OUTPUT BUDGET FILE [ARG…]: runs a WASI 0.1 program on WasmEdge, from what its LLVM compiler made ahead;
// wasmedge-guest --compile MODULE FILE makes that.
#include <string.h>
#include <wasmedge/wasmedge.h>

#include "phases.h"

static const char* file;
static const char** arguments;
static int argument_count;
static double started, ended;

static WasmEdge_Result on_start(void* data, const WasmEdge_CallingFrameContext* frame, const WasmEdge_Value* in, WasmEdge_Value* out) {
  (void)data, (void)frame, (void)in, (void)out;
  started = now();
  return WasmEdge_Result_Success;
}

static WasmEdge_Result on_end(void* data, const WasmEdge_CallingFrameContext* frame, const WasmEdge_Value* in, WasmEdge_Value* out) {
  (void)data, (void)frame, (void)in, (void)out;
  ended = now();
  return WasmEdge_Result_Success;
}

static void check(WasmEdge_Result result, const char* what) {
  if (WasmEdge_ResultOK(result)) return;
  fprintf(stderr, "%s: %s\n", what, WasmEdge_ResultGetMessage(result));
  exit(70);
}

static void add(WasmEdge_ModuleInstanceContext* module, const char* name, WasmEdge_HostFunc_t function) {
  WasmEdge_FunctionTypeContext* type = WasmEdge_FunctionTypeCreate(NULL, 0, NULL, 0);
  WasmEdge_String text = WasmEdge_StringCreateByCString(name);
  WasmEdge_ModuleInstanceAddFunction(module, text, WasmEdge_FunctionInstanceCreate(type, function, NULL, 0));
  WasmEdge_StringDelete(text);
  WasmEdge_FunctionTypeDelete(type);
}

static WasmEdge_ModuleInstanceContext* bench_module(void) {
  WasmEdge_String name = WasmEdge_StringCreateByCString("bench");
  WasmEdge_ModuleInstanceContext* module = WasmEdge_ModuleInstanceCreate(name);
  WasmEdge_StringDelete(name);
  add(module, "start", on_start);
  add(module, "end", on_end);
  return module;
}

static WasmEdge_ConfigureContext* configuration;
static double load_time;

static struct run run(void) {
  struct run result;
  double begin = now();
  WasmEdge_VMContext* vm = WasmEdge_VMCreate(configuration, NULL);
  const char* folder[] = {".:."};
  WasmEdge_ModuleInstanceInitWASI(
      WasmEdge_VMGetImportModuleContext(vm, WasmEdge_HostRegistration_Wasi), arguments, argument_count, NULL, 0, folder, 1);
  WasmEdge_ModuleInstanceContext* bench = bench_module();
  check(WasmEdge_VMRegisterModuleFromImport(vm, bench), "bench");
  double loading = now();
  check(WasmEdge_VMLoadWasmFromFile(vm, file), "load");
  check(WasmEdge_VMValidate(vm), "validate");
  load_time = now() - loading;
  check(WasmEdge_VMInstantiate(vm), "instantiate");
  result.instantiate = now() - begin - load_time;
  ended = 0;
  started = now();
  WasmEdge_String name = WasmEdge_StringCreateByCString("_start");
  WasmEdge_Result outcome = WasmEdge_VMExecute(vm, name, NULL, 0, NULL, 0);
  if (ended == 0) ended = now();
  check(outcome, "_start");
  result.execute = ended - started;
  WasmEdge_StringDelete(name);
  WasmEdge_VMDelete(vm);
  WasmEdge_ModuleInstanceDelete(bench);
  return result;
}

int main(int count, char** words) {
  WasmEdge_LogSetErrorLevel();
  configuration = WasmEdge_ConfigureCreate();
  WasmEdge_ConfigureAddHostRegistration(configuration, WasmEdge_HostRegistration_Wasi);
  if (count == 4 && strcmp(words[1], "--compile") == 0) {
    WasmEdge_ConfigureCompilerSetOutputFormat(configuration, WasmEdge_CompilerOutputFormat_Native);
    WasmEdge_CompilerContext* compiler = WasmEdge_CompilerCreate(configuration);
    check(WasmEdge_CompilerCompile(compiler, words[2], words[3]), "compile");
    return 0;
  }
  if (count < 4) return 64;
  file = words[3];
  arguments = (const char**)words + 3;
  argument_count = count - 3;
  measure(words[1], atof(words[2]), 0, run);
  return 0;
}
