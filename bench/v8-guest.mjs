// Runs a WASI 0.1 program on V8 and prints, as the last line of standard error, the milliseconds between its calls of
// bench.start and bench.end (of the whole run when it makes none).
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { WASI } from "node:wasi";

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [file, ...args], preopens: { ".": dirname(file) }, returnOnExit: true });
const module = new WebAssembly.Module(readFileSync(file));
let started = performance.now();
let elapsed;
const bench = {
  start: () => { started = performance.now(); },
  end: () => { elapsed = performance.now() - started; },
};
const env = { clock_ms: () => Math.round(performance.now()) };
const instance = new WebAssembly.Instance(module, { ...wasi.getImportObject(), bench, env });
started = performance.now();
wasi.start(instance);
process.stderr.write(`\nelapsed ${elapsed ?? performance.now() - started}\n`);
