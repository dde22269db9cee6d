// Runs plugins with Extism's own SDK and tells what they answered: a list of cases as JSON from standard input, a list of
// results as JSON to standard output. A case is { path, config, functions, calls: [{ name, input }] }, inputs in base 64.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const createPlugin = createRequire(process.argv[2] + "/")("@extism/extism").createPlugin;
const cases = JSON.parse(readFileSync(0, "utf8"));

const offered = {
  user: (seen) => ({ "extism:host/user": { hello_world: (context, offset) => { seen.push(context.read(offset).string()); return context.store("wow okay then"); } } }),
  reflect: (seen) => ({ user: { test: (context, offset) => { seen.push(context.read(offset).string()); } } }),
  float: () => ({ example: { getf64: () => 8.5, getf32: () => 7.5 } }),
};

const results = [];
for (const { path, config, functions, calls } of cases) {
  const result = { answers: [], logs: [], seen: [] };
  const log = (level) => (text) => { result.logs.push(`${level}: ${text}`); };
  const logger = { trace: log("trace"), debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  try {
    const plugin = await createPlugin(
      { wasm: [{ path }] },
      { useWasi: true, config, logger, logLevel: "trace", functions: functions ? offered[functions](result.seen) : {} });
    for (const { name, input } of calls) {
      try {
        const answer = await plugin.call(name, new Uint8Array(Buffer.from(input, "base64")));
        result.answers.push({ output: answer === null ? "" : Buffer.from(answer.bytes()).toString("base64") });
      } catch (error) {
        result.answers.push({ error: error.message });
      }
    }
    await plugin.close();
  } catch (error) {
    result.failure = error.message;
  }
  results.push(result);
}
process.stdout.write(JSON.stringify(results));
process.exit(0);
