// node node-wasi.mjs [--dir HOST::GUEST | --env NAME=VALUE]… FILE [ARG…]: runs a WASI program by node's own node:wasi
// with the options that `coffer run` takes, for comparisons. The exit code is the guest's.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { WASI } from "node:wasi";

const words = process.argv.slice(2);
const preopens = {};
const env = {};
while (words[0]?.startsWith("--")) {
  const [option, value] = words.splice(0, 2);
  if (option === "--dir") {
    const [host, guest = host] = value.replace(/:(ro|rw)$/, "").split("::");
    preopens[guest] = host;
  } else if (option === "--env") {
    const equals = value.indexOf("=");
    env[value.slice(0, equals)] = value.slice(equals + 1);
  } else {
    throw new Error(`no option ${option}`);
  }
}

const [file, ...args] = words;
const module = new WebAssembly.Module(readFileSync(file));
const isUnstable = WebAssembly.Module.imports(module).some((entry) => entry.module === "wasi_unstable");
const wasi = new WASI({
  version: isUnstable ? "unstable" : "preview1", args: [basename(file), ...args], preopens, env, returnOnExit: true,
});
// What benchmark programs call around the work they measure.
const bench = { start() {}, end() {} };
process.exitCode = wasi.start(new WebAssembly.Instance(module, { ...wasi.getImportObject(), bench }));
