// node|bun js-calls.mjs CALLS.wasm: what calls between a JavaScript host and a guest cost, and a trap that is caught, in
// nanoseconds, as CallCosts.cs measures it.
import { readFileSync } from "node:fs";

const samples = 21;
const calls = 200_000;
const traps = 2_000;
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const { exports } = new WebAssembly.Instance(module, { host: { add: (a, b) => (a + b) | 0 } });

function hostToGuest(count) {
  let sum = 0;
  for (let i = 0; i < count; i++) sum = exports.add(sum, i);
  return sum;
}

function trap(count) {
  let caught = 0;
  for (let i = 0; i < count; i++) {
    try {
      exports.trap();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) caught++;
    }
  }
  if (caught !== count) throw new Error(`${caught} of ${count} traps`);
}

function nanoseconds(count, action) {
  const times = [];
  for (let i = 0; i < samples; i++) {
    const start = performance.now();
    action(count);
    times.push(((performance.now() - start) * 1e6) / count);
  }
  return times;
}

console.log(JSON.stringify({
  hostToGuest: nanoseconds(calls, hostToGuest),
  guestToHost: nanoseconds(calls, exports.loop),
  trap: nanoseconds(traps, trap),
}));
