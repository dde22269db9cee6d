// node|bun js-guest.mjs [--compile] OUTPUT BUDGET FILE [ARG…]: runs a WASI 0.1 program on a JavaScript engine and prints
// what its phases took, as Guest.cs does and by the same rules (see there).
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Exit, Wasi } from "./wasi.mjs";

const words = process.argv.slice(2);
const isCompiling = words[0] === "--compile" && words.shift() !== undefined;
const [output, budget, file, ...args] = words;
const mostWarmUp = 3000;
const mostRuns = 20;
const bytes = readFileSync(file);

// A custom section makes the bytes differ: V8 keeps the code of a module that it saw before.
function distinct(number) {
  const name = [...new TextEncoder().encode(`distinct${number}`)];
  return Buffer.concat([bytes, Buffer.from([0, name.length + 1, name.length, ...name])]);
}

function timed(action) {
  const start = performance.now();
  const result = action();
  return [result, performance.now() - start];
}

function run(module) {
  const stdout = openSync(output, "w");
  const stderr = openSync(`${output}.err`, "w");
  let started;
  let ended;
  const bench = {
    start: () => { started = performance.now(); },
    end: () => { ended = performance.now(); },
  };
  const env = { clock_ms: () => Math.round(performance.now()) };
  const [instance, instantiate] = timed(() => {
    const wasi = new Wasi({ folder: dirname(resolve(file)), args: [file, ...args], stdout, stderr });
    const made = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.imports, bench, env });
    wasi.memory = made.exports.memory;
    return made;
  });
  started = performance.now();
  try {
    instance.exports._start();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.code !== 0) process.exitCode = error.code;
  }
  ended ??= performance.now();
  closeSync(stdout);
  closeSync(stderr);
  return { instantiate, execute: ended - started };
}

const phases = { compile: [], instantiate: [], execute: [] };
if (isCompiling) {
  for (let spent = 0, i = 0; i < 2 || (spent < Number(budget) && i < mostRuns); i++) {
    const [, took] = timed(() => new WebAssembly.Module(distinct(i)));
    spent += took;
    if (i > 0 || took > mostWarmUp) phases.compile.push(took);
    if (took > mostWarmUp) break;
  }
} else {
  const [module, compile] = timed(() => new WebAssembly.Module(bytes));
  phases.compile.push(compile);
  const first = run(module);
  const runs = first.execute > mostWarmUp ? [first] : [];
  for (let spent = 0; runs.length === 0 || (first !== runs[0] && spent < Number(budget) && runs.length < mostRuns);) {
    runs.push(run(module));
    spent += runs.at(-1).execute;
  }
  phases.instantiate = runs.map((each) => each.instantiate);
  phases.execute = runs.map((each) => each.execute);
}
console.log(JSON.stringify(phases));
