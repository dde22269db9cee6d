// As much of WASI 0.1 as the benchmark programs ask for, on the file functions of the JavaScript host: arguments, clocks,
// random numbers, three streams, and the files of one folder, which are only read. The same code under every JavaScript
// engine, so that what is compared are the engines.
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { join, normalize } from "node:path";

const success = 0;
const errno = { badf: 8, inval: 28, noent: 44, nosys: 52, spipe: 70, notcapable: 76 };
const firstFile = 4;

/** Thrown through the guest when it exits. */
export class Exit extends Error {
  constructor(code) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The imports of a program whose folder "." is `folder`; `memory` is set once there is an instance. */
export class Wasi {
  #folder;
  #args;
  #files;
  memory;

  constructor({ folder, args, stdout, stderr }) {
    this.#folder = folder;
    this.#args = args.map((each) => new TextEncoder().encode(`${each}\0`));
    this.#files = new Map([[1, { fd: stdout }], [2, { fd: stderr }]]);
  }

  get imports() {
    const names = Object.getOwnPropertyNames(Wasi.prototype).filter((name) => name.includes("_"));
    return Object.fromEntries(names.map((name) => [name, this[name].bind(this)]));
  }

  get #view() {
    return new DataView(this.memory.buffer);
  }

  #bytes(at, length) {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  #buffers(at, count) {
    const view = this.#view;
    return Array.from({ length: count }, (_, i) =>
      this.#bytes(view.getUint32(at + 8 * i, true), view.getUint32(at + 8 * i + 4, true)));
  }

  args_sizes_get(count, size) {
    this.#view.setUint32(count, this.#args.length, true);
    this.#view.setUint32(size, this.#args.reduce((sum, each) => sum + each.length, 0), true);
    return success;
  }

  args_get(pointers, at) {
    for (const each of this.#args) {
      this.#view.setUint32(pointers, at, true);
      this.#bytes(at, each.length).set(each);
      pointers += 4;
      at += each.length;
    }
    return success;
  }

  environ_sizes_get(count, size) {
    this.#view.setUint32(count, 0, true);
    this.#view.setUint32(size, 0, true);
    return success;
  }

  environ_get() {
    return success;
  }

  clock_time_get(clock, _precision, at) {
    const now = clock === 0 ? BigInt(Date.now()) * 1_000_000n : process.hrtime.bigint();
    this.#view.setBigUint64(at, now, true);
    return success;
  }

  random_get(at, length) {
    for (let i = 0; i < length; i += 65536) crypto.getRandomValues(this.#bytes(at + i, Math.min(65536, length - i)));
    return success;
  }

  poll_oneoff() {
    return errno.nosys;
  }

  proc_exit(code) {
    throw new Exit(code);
  }

  fd_close(fd) {
    const file = this.#files.get(fd);
    if (!file) return errno.badf;
    if (fd >= firstFile) closeSync(file.fd);
    this.#files.delete(fd);
    return success;
  }

  fd_sync(fd) {
    return this.#files.has(fd) ? success : errno.badf;
  }

  fd_fdstat_get(fd, at) {
    const file = this.#files.get(fd);
    if (!file && fd !== 0 && fd !== 3) return errno.badf;
    this.#bytes(at, 24).fill(0);
    this.#view.setUint8(at, fd === 3 ? 3 : fd >= firstFile ? 4 : 2);
    this.#view.setBigUint64(at + 8, ~0n, true);
    this.#view.setBigUint64(at + 16, ~0n, true);
    return success;
  }

  fd_prestat_get(fd, at) {
    if (fd !== 3) return errno.badf;
    this.#view.setUint32(at, 0, true);
    this.#view.setUint32(at + 4, 1, true);
    return success;
  }

  fd_prestat_dir_name(fd, at) {
    if (fd !== 3) return errno.badf;
    this.#bytes(at, 1)[0] = ".".charCodeAt(0);
    return success;
  }

  fd_filestat_get(fd, at) {
    const file = this.#files.get(fd);
    if (!file) return errno.badf;
    this.#status(at, fd >= firstFile ? 4 : 2, file.size ?? 0);
    return success;
  }

  path_filestat_get(fd, _flags, path, length, at) {
    const found = this.#resolve(fd, path, length);
    if (typeof found === "number") return found;
    const status = statSync(found, { throwIfNoEntry: false });
    if (!status) return errno.noent;
    this.#status(at, status.isDirectory() ? 3 : 4, status.size);
    return success;
  }

  path_open(fd, _dirflags, path, length, _oflags, _base, _inheriting, _fdflags, at) {
    const found = this.#resolve(fd, path, length);
    if (typeof found === "number") return found;
    const status = statSync(found, { throwIfNoEntry: false });
    if (!status) return errno.noent;
    let next = firstFile;
    while (this.#files.has(next)) next++;
    this.#files.set(next, { fd: openSync(found, "r"), position: 0, size: status.size });
    this.#view.setUint32(at, next, true);
    return success;
  }

  fd_seek(fd, offset, whence, at) {
    const file = this.#files.get(fd);
    if (!file) return errno.badf;
    if (fd < firstFile) return errno.spipe;
    const from = whence === 0 ? 0 : whence === 1 ? file.position : file.size;
    const position = from + Number(offset);
    if (position < 0) return errno.inval;
    file.position = position;
    this.#view.setBigUint64(at, BigInt(position), true);
    return success;
  }

  fd_read(fd, buffers, count, at) {
    const file = this.#files.get(fd);
    if (!file && fd !== 0) return errno.badf;
    let sum = 0;
    if (fd >= firstFile) {
      for (const buffer of this.#buffers(buffers, count)) {
        const read = readSync(file.fd, buffer, 0, buffer.length, file.position);
        file.position += read;
        sum += read;
        if (read < buffer.length) break;
      }
    }
    this.#view.setUint32(at, sum, true);
    return success;
  }

  fd_write(fd, buffers, count, at) {
    const file = this.#files.get(fd);
    if (!file) return errno.badf;
    let sum = 0;
    for (const buffer of this.#buffers(buffers, count)) {
      for (let done = 0; done < buffer.length;) done += writeSync(file.fd, buffer, done);
      sum += buffer.length;
    }
    this.#view.setUint32(at, sum, true);
    return success;
  }

  #resolve(fd, path, length) {
    if (fd !== 3) return errno.badf;
    const name = normalize(new TextDecoder().decode(this.#bytes(path, length)));
    return name.startsWith("..") || name.startsWith("/") ? errno.notcapable : join(this.#folder, name);
  }

  #status(at, type, size) {
    this.#bytes(at, 64).fill(0);
    this.#view.setUint8(at + 16, type);
    this.#view.setBigUint64(at + 24, 1n, true);
    this.#view.setBigUint64(at + 32, BigInt(size), true);
  }
}
