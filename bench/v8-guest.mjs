// node v8-guest.mjs OUTPUT FILE [ARG…]: runs a WASI 0.1 program on V8, its standard output going to a file, and prints
// the milliseconds between its calls of bench.start and bench.end (of the whole run when it makes none). The program
// runs twice and the second run counts, as in Guest.cs: what the first one finds cold are the host's own functions.
import { openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { WASI } from "node:wasi";

const [output, file, ...args] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
const nowhere = openSync("/dev/null", "w");

function run(streams) {
  const wasi = new WASI({
    version: "preview1", args: [file, ...args], preopens: { ".": dirname(file) }, returnOnExit: true, ...streams,
  });
  let started;
  let elapsed;
  const bench = {
    start: () => { started = performance.now(); },
    end: () => { elapsed = performance.now() - started; },
  };
  const env = { clock_ms: () => Math.round(performance.now()) };
  const instance = new WebAssembly.Instance(module, { ...wasi.getImportObject(), bench, env });
  started = performance.now();
  wasi.start(instance);
  return elapsed ?? performance.now() - started;
}

run({ stdout: nowhere, stderr: nowhere });
console.log(`elapsed ${run({ stdout: openSync(output, "w"), stderr: nowhere })}`);
