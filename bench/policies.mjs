// Evaluates one policy with the package @open-policy-agent/opa-wasm, and prints the nanoseconds of one evaluation: the
// best of some rounds.
//
//   node bench/policies.mjs PACKAGES POLICY DATA INPUT ROUNDS COUNT
//
// PACKAGES is the folder in which npm has installed the package; DATA and INPUT are JSON, and DATA may be - for standard input.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [packages, file, data, input, rounds, count] = process.argv.slice(2);
const { loadPolicy } = createRequire(join(resolve(packages), "package.json"))("@open-policy-agent/opa-wasm");
const policy = await loadPolicy(readFileSync(file));
policy.setData(JSON.parse(data === "-" ? readFileSync(0, "utf8") : data));
const document = JSON.parse(input);
if (policy.evaluate(document)[0].result !== true) throw new Error("the policy does not allow what it should");
let best = Infinity;
for (let round = 0; round < Number(rounds); round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < Number(count); i++) policy.evaluate(document);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / Number(count));
}
console.log(Math.round(best));
