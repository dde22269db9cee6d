// native-guest OUTPUT BUDGET FILE [ARG…]: a WASI 0.1 program that wasm2c translated to C (guest.h), linked with as much of
// WASI as the benchmark programs ask for: arguments, clocks, random numbers, three streams, and the files of the current
// folder, which are only read. FILE is its first argument alone.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "guest.h"
#include "phases.h"

struct w2c_bench {
  double started, ended;
};

struct w2c_wasi__snapshot__preview1 {
  w2c_guest* guest;
  jmp_buf exit;
  int code;
};

#define WASI(name) w2c_wasi__snapshot__preview1_##name
typedef struct w2c_wasi__snapshot__preview1 wasi;
enum { SUCCESS = 0, ERRNO_BADF = 8, ERRNO_INVAL = 28, ERRNO_IO = 29, ERRNO_NOENT = 44, ERRNO_NOSYS = 52, ERRNO_SPIPE = 70, ERRNO_NOTCAPABLE = 76 };
// Descriptors of the guest from 4 on are files; those of the host are higher, so that no stream is hit.
enum { folder = 3, first_file = 4, most_files = 64 };
static int files[most_files];

static const char** arguments;
static int argument_count;

void w2c_bench_start(struct w2c_bench* bench) { bench->started = now(); }

void w2c_bench_end(struct w2c_bench* bench) { bench->ended = now(); }

static void* at(wasi* host, u32 address, u64 length) {
  wasm_rt_memory_t* memory = w2c_guest_memory(host->guest);
  if (address + length > memory->size) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return memory->data + address;
}

static void put32(wasi* host, u32 address, u32 value) { memcpy(at(host, address, 4), &value, 4); }

static void put64(wasi* host, u32 address, u64 value) { memcpy(at(host, address, 8), &value, 8); }

static u32 get32(wasi* host, u32 address) {
  u32 value;
  memcpy(&value, at(host, address, 4), 4);
  return value;
}

// The host's descriptor; -1 when the guest has none of that number.
static int descriptor(u32 fd) {
  if (fd <= 2) return fd;
  return fd >= first_file && fd < most_files && files[fd] > 0 ? files[fd] : -1;
}

u32 WASI(args_sizes_get)(wasi* host, u32 count, u32 size) {
  u32 sum = 0;
  for (int i = 0; i < argument_count; i++) sum += strlen(arguments[i]) + 1;
  put32(host, count, argument_count);
  put32(host, size, sum);
  return SUCCESS;
}

u32 WASI(args_get)(wasi* host, u32 pointers, u32 buffer) {
  for (int i = 0; i < argument_count; i++) {
    u32 length = strlen(arguments[i]) + 1;
    memcpy(at(host, buffer, length), arguments[i], length);
    put32(host, pointers + 4 * i, buffer);
    buffer += length;
  }
  return SUCCESS;
}

u32 WASI(environ_sizes_get)(wasi* host, u32 count, u32 size) {
  put32(host, count, 0);
  put32(host, size, 0);
  return SUCCESS;
}

u32 WASI(environ_get)(wasi* host, u32 pointers, u32 buffer) {
  (void)host, (void)pointers, (void)buffer;
  return SUCCESS;
}

u32 WASI(clock_time_get)(wasi* host, u32 clock, u64 precision, u32 result) {
  (void)precision;
  struct timespec time;
  clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time);
  put64(host, result, time.tv_sec * 1000000000ull + time.tv_nsec);
  return SUCCESS;
}

u32 WASI(random_get)(wasi* host, u32 buffer, u32 length) {
  char* bytes = at(host, buffer, length);
  for (u32 done = 0; done < length;) {
    ssize_t some = getrandom(bytes + done, length - done, 0);
    if (some < 0) return ERRNO_IO;
    done += some;
  }
  return SUCCESS;
}

u32 WASI(poll_oneoff)(wasi* host, u32 in, u32 out, u32 count, u32 events) {
  (void)host, (void)in, (void)out, (void)count, (void)events;
  return ERRNO_NOSYS;
}

void WASI(proc_exit)(wasi* host, u32 code) {
  host->code = code;
  longjmp(host->exit, 1);
}

u32 WASI(fd_close)(wasi* host, u32 fd) {
  (void)host;
  int real = descriptor(fd);
  if (real < 0) return ERRNO_BADF;
  if (fd >= first_file) {
    close(real);
    files[fd] = 0;
  }
  return SUCCESS;
}

u32 WASI(fd_sync)(wasi* host, u32 fd) {
  (void)host;
  return descriptor(fd) < 0 ? ERRNO_BADF : SUCCESS;
}

u32 WASI(fd_fdstat_get)(wasi* host, u32 fd, u32 result) {
  if (fd != folder && descriptor(fd) < 0) return ERRNO_BADF;
  unsigned char* status = at(host, result, 24);
  memset(status, 0, 24);
  status[0] = fd == folder ? 3 : fd >= first_file ? 4 : 2;
  memset(status + 8, 0xff, 16);
  return SUCCESS;
}

u32 WASI(fd_prestat_get)(wasi* host, u32 fd, u32 result) {
  if (fd != folder) return ERRNO_BADF;
  put32(host, result, 0);
  put32(host, result + 4, 1);
  return SUCCESS;
}

u32 WASI(fd_prestat_dir_name)(wasi* host, u32 fd, u32 path, u32 length) {
  if (fd != folder || length < 1) return ERRNO_BADF;
  *(char*)at(host, path, 1) = '.';
  return SUCCESS;
}

static u32 put_status(wasi* host, u32 result, const struct stat* status) {
  unsigned char* bytes = at(host, result, 64);
  memset(bytes, 0, 64);
  bytes[16] = S_ISDIR(status->st_mode) ? 3 : S_ISREG(status->st_mode) ? 4 : 2;
  put64(host, result + 24, 1);
  put64(host, result + 32, status->st_size);
  return SUCCESS;
}

u32 WASI(fd_filestat_get)(wasi* host, u32 fd, u32 result) {
  struct stat status;
  int real = descriptor(fd);
  return real < 0 || fstat(real, &status) != 0 ? ERRNO_BADF : put_status(host, result, &status);
}

// A path inside the current folder; else an error.
static u32 copy_path(wasi* host, u32 fd, u32 path, u32 length, char* target) {
  if (fd != folder) return ERRNO_BADF;
  if (length >= 4096) return ERRNO_INVAL;
  memcpy(target, at(host, path, length), length);
  target[length] = 0;
  return target[0] == '/' || strstr(target, "..") != NULL ? ERRNO_NOTCAPABLE : SUCCESS;
}

u32 WASI(path_filestat_get)(wasi* host, u32 fd, u32 flags, u32 path, u32 length, u32 result) {
  (void)flags;
  char name[4096];
  struct stat status;
  u32 error = copy_path(host, fd, path, length, name);
  if (error != SUCCESS) return error;
  return stat(name, &status) != 0 ? ERRNO_NOENT : put_status(host, result, &status);
}

u32 WASI(path_open)(wasi* host, u32 fd, u32 dirflags, u32 path, u32 length, u32 oflags, u64 base, u64 inheriting, u32 fdflags, u32 result) {
  (void)dirflags, (void)oflags, (void)base, (void)inheriting, (void)fdflags;
  char name[4096];
  u32 error = copy_path(host, fd, path, length, name);
  if (error != SUCCESS) return error;
  int real = open(name, O_RDONLY | O_CLOEXEC);
  if (real < 0) return ERRNO_NOENT;
  for (u32 i = first_file; i < most_files; i++) {
    if (files[i] > 0) continue;
    files[i] = real;
    put32(host, result, i);
    return SUCCESS;
  }
  close(real);
  return ERRNO_IO;
}

u32 WASI(fd_seek)(wasi* host, u32 fd, u64 offset, u32 whence, u32 result) {
  if (descriptor(fd) < 0) return ERRNO_BADF;
  if (fd < first_file) return ERRNO_SPIPE;
  off_t position = lseek(descriptor(fd), (off_t)offset, whence == 0 ? SEEK_SET : whence == 1 ? SEEK_CUR : SEEK_END);
  if (position < 0) return ERRNO_INVAL;
  put64(host, result, position);
  return SUCCESS;
}

static u32 transfer(wasi* host, u32 fd, u32 buffers, u32 count, u32 result, ssize_t (*move)(int, void*, size_t)) {
  int real = descriptor(fd);
  if (real < 0) return ERRNO_BADF;
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    u32 length = get32(host, buffers + 8 * i + 4);
    ssize_t some = move(real, at(host, get32(host, buffers + 8 * i), length), length);
    if (some < 0) return ERRNO_IO;
    sum += some;
    if ((u32)some < length) break;
  }
  put32(host, result, sum);
  return SUCCESS;
}

u32 WASI(fd_read)(wasi* host, u32 fd, u32 buffers, u32 count, u32 result) {
  return transfer(host, fd, buffers, count, result, read);
}

u32 WASI(fd_write)(wasi* host, u32 fd, u32 buffers, u32 count, u32 result) {
  return transfer(host, fd, buffers, count, result, (ssize_t (*)(int, void*, size_t))write);
}

static struct run run(void) {
  static w2c_guest guest;
  static struct w2c_bench bench;
  static wasi host;
  struct run result;
  host.guest = &guest;
  host.code = 0;
  bench.ended = 0;
  double begin = now();
  memset(&guest, 0, sizeof guest);
#ifdef HAS_BENCH
  wasm2c_guest_instantiate(&guest, &bench, &host);
#else
  wasm2c_guest_instantiate(&guest, &host);
#endif
  result.instantiate = now() - begin;
  bench.started = now();
  if (setjmp(host.exit) == 0) w2c_guest_0x5Fstart(&guest);
  result.execute = (bench.ended != 0 ? bench.ended : now()) - bench.started;
  wasm2c_guest_free(&guest);
  for (int i = first_file; i < most_files; i++) {
    if (files[i] > 0) close(files[i]);
    files[i] = 0;
  }
  if (host.code != 0) exit(host.code);
  return result;
}

int main(int count, char** words) {
  if (count < 4) return 64;
  arguments = (const char**)words + 3;
  argument_count = count - 3;
  wasm_rt_init();
  measure(words[1], atof(words[2]), 0, run);
  return 0;
}
