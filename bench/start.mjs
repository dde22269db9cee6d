// node bench/start.mjs [ROUNDS [FILE…]]: how long a short program takes from the start of the process to its end, beside
// a bare .NET program and beside node:wasi. Each round runs every way once, so that what else the machine does falls on
// all of them; medians are printed, and the medians of what is compared within a round.
// hot is a module that the cache has an executable of, cached one that it has native code of; the columns with --dir are of
// coffer run --dir . FILE.
// COFFER names the command. Without files: programs of the shared test data, from small to large.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const coffer = process.env.COFFER ?? join(here, "../artifacts/bin/Coffer.Cli/release/coffer");
const data = process.env.COFFER_TESTDATA ?? join(here, "../../shared/testdata");
const programs = [
  "guests/assemblyscript/hello_wasi", "guests/c/hello", "guests/rust/hello", "guests/cpp/hello",
  "bench/endive-corpus/basic.dotnet", "guests/go/hello",
].map((name) => join(data, `${name}.wasm`));
const rounds = Number(process.argv[2] ?? 21);
const files = process.argv.length > 3 ? process.argv.slice(3) : programs.filter(existsSync);

const folder = mkdtempSync(join(tmpdir(), "coffer-start-"));
const cache = join(folder, "cache");

function run(command, args, variables = {}, cwd = undefined) {
  const before = process.hrtime.bigint();
  const result = spawnSync(command, args, {
    cwd, timeout: 300_000, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, COFFER_CACHE: "off", ...variables },
  });
  const milliseconds = Number(process.hrtime.bigint() - before) / 1e6;
  if (result.status === null) throw new Error(`${command} ${args.join(" ")} did not end: ${result.error ?? result.signal}`);
  return { milliseconds, said: `exit code ${result.status}\n${result.stdout}`.slice(0, 2000) };
}

/** A program that says hello, published as the SDK does it when nothing is asked for. */
function publishBare() {
  const project = join(folder, "hello");
  run("dotnet", ["new", "console", "-o", project]);
  writeFileSync(join(project, "Program.cs"), 'Console.WriteLine("hello");\n');
  run("dotnet", ["publish", "-c", "Release", "-o", join(folder, "bare"), project]);
  return join(folder, "bare/hello");
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function measure(bare, file) {
  // By the same name, which the program may print.
  const artifact = join(folder, "artifact", basename(file));
  mkdirSync(dirname(artifact), { recursive: true });
  run(coffer, ["compile", file, "-o", artifact], { COFFER_CACHE: cache });
  run(coffer, ["compile", file], { COFFER_CACHE: cache });
  run(coffer, ["compile", "--executable", file], { COFFER_CACHE: cache });
  const ways = {
    bare: () => run(bare, []),
    hot: () => run(coffer, ["run", file], { COFFER_CACHE: cache }),
    cached: () => run(coffer, ["run", file], { COFFER_CACHE: cache, COFFER_EXECUTABLES: "off" }),
    artifact: () => run(coffer, ["run", artifact], { COFFER_CACHE: cache, COFFER_EXECUTABLES: "off" }),
    uncached: () => run(coffer, ["run", file]),
    node: () => run(process.execPath, ["--no-warnings", join(here, "node-wasi.mjs"), file]),
    "hot --dir": () => run(coffer, ["run", "--dir", ".", resolve(file)], { COFFER_CACHE: cache }, folder),
    "cached --dir": () => run(coffer, ["run", "--dir", ".", resolve(file)], { COFFER_CACHE: cache, COFFER_EXECUTABLES: "off" }, folder),
    "uncached --dir": () => run(coffer, ["run", "--dir", ".", resolve(file)], {}, folder),
  };
  const expected = ways.node().said;
  const times = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const { milliseconds, said } = way();
      const wanted = name === "bare" ? "exit code 0\nhello\n" : expected;
      if (said !== wanted) throw new Error(`${name}, ${file}: "${said}" instead of "${wanted}"`);
      times[name].push(milliseconds);
    }
  }

  return times;
}

const compare = (left, right, how) => median(left.map((value, round) => how(value, right[round])));
const granted = ["hot --dir", "cached --dir", "uncached --dir"];
const difference = (a, b) => a - b;
const ratio = (a, b) => a / b;

try {
  const bare = publishBare();
  const head = [
    "KiB", "bare", "hot", "cached", "artifact", "uncached", "node", "hot-bare", "hot/node", "cached-bare", "cached/node", "uncached/node",
    ...granted,
  ];
  console.log("medians in ms".padEnd(32), ...head.map((name) => name.padStart(Math.max(8, name.length))));
  for (const file of files) {
    const times = measure(bare, file);
    const numbers = [
      (statSync(file).size / 1024).toFixed(0),
      ...Object.keys(times).filter((name) => !granted.includes(name)).map((name) => median(times[name]).toFixed(1)),
      compare(times.hot, times.bare, difference).toFixed(1),
      compare(times.hot, times.node, ratio).toFixed(2),
      compare(times.cached, times.bare, difference).toFixed(1),
      compare(times.cached, times.node, ratio).toFixed(2),
      compare(times.uncached, times.node, ratio).toFixed(2),
      ...granted.map((name) => median(times[name]).toFixed(1)),
    ];
    const name = file.split("/").slice(-2).join("/");
    console.log(name.padEnd(32), ...numbers.map((number, i) => number.padStart(Math.max(8, head[i].length))));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
