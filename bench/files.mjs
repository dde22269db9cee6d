// node bench/files.mjs [ROUNDS [COFFER-OPTION…]]: the file layer beside node:wasi. files.wat runs by turns under
// `coffer run`, under the same with an audit trail in a file, and under node:wasi, on the same folder; the medians of its
// own times and their ratios are printed.
// COFFER names the command, BENCH_FOLDER a folder for the files (2 GiB; default: the system's temporary one).
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const coffer = process.env.COFFER ?? join(here, "../artifacts/bin/Coffer.Cli/release/coffer");
const rounds = Number(process.argv[2] ?? 5);
const options = process.argv.slice(3);
const small = 100_000;
const works = [
  { name: "write 1 GiB by 64 KiB", unit: "GiB/s", of: (ns) => 1e9 / ns },
  { name: "read 1 GiB by 64 KiB", unit: "GiB/s", of: (ns) => 1e9 / ns },
  ...["open and close", "status of a path", "list 8 files", "write 16 bytes"]
    .map((name) => ({ name, unit: "us", of: (ns) => ns / small / 1e3 })),
];

const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "coffer-files-"));
const guest = join(folder, "files.wasm");

function run(command, args) {
  const result = spawnSync(command, args, { timeout: 300_000, maxBuffer: 1 << 20 });
  if (result.status !== 0) throw new Error(`${command} failed (${result.status ?? result.signal}): ${result.stderr}`);
  return result.stdout;
}

function measure(command, ...args) {
  const times = run(command, [...args, "--dir", `${join(folder, "data")}::/`, guest]);
  rmSync(join(folder, "data/big"));
  return works.map((_, i) => Number(times.readBigInt64LE(8 * i + 8) - times.readBigInt64LE(8 * i)));
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

try {
  for (const path of ["data/small", "data/many"]) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "data/small/some"), "");
  for (let i = 0; i < 8; i++) writeFileSync(join(folder, "data/many", `file-${i}`), "");
  run(coffer, ["parse", join(here, "files.wat"), "-o", guest]);
  const plain = [];
  const audited = [];
  const theirs = [];
  for (let i = 0; i < rounds; i++) {
    plain.push(measure(coffer, "run", ...options));
    audited.push(measure(coffer, "run", ...options, "--audit", join(folder, "audit.jsonl")));
    theirs.push(measure(process.execPath, "--no-warnings", join(here, "node-wasi.mjs")));
  }

  const head = ["Coffer", "audited", "node"].map((name) => name.padStart(10)).join(" ");
  console.log(`${"work".padEnd(24)} ${head}         time: Coffer/node  audited/not`);
  works.forEach(({ name, unit, of }, i) => {
    const [a, b, c] = [plain, audited, theirs].map((all) => median(all.map((times) => times[i])));
    const shown = [a, b, c].map((time) => of(time).toFixed(2).padStart(10)).join(" ");
    console.log(`${name.padEnd(24)} ${shown} ${unit.padEnd(6)} ${(a / c).toFixed(3).padStart(18)} ${(b / a).toFixed(3).padStart(12)}`);
  });
} finally {
  rmSync(folder, { recursive: true });
}
