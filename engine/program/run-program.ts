import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { importModule } from "../../build/start/import-module";
import { describeFailure } from "./failure";
import { ForwardingMonitor, sendToEngine } from "./forwarding-monitor";
import { loadSdk, type Sdk } from "./load-sdk";
import type { OpenPromises } from "./open-promises";
import type { ProgramSettings } from "./protocol";

/** Runs the program like `@pulumi/pulumi/cmd/run`, but connected to this engine. */
export function runProgram(settings: ProgramSettings): void {
  const sdk = loadSdk(settings.workingDirectory);
  const monitor = new ForwardingMonitor(sdk);
  const fail = reportFailures(sdk, settings.rootDirectory);

  const { runtime, store } = sdk;
  runtime.setMockOptions(monitor, settings.project, settings.stack, settings.preview, settings.organization);
  runtime.setAllConfig({ ...settings.config }, [...settings.secretKeys]);
  store.settings.options.rootDirectory = settings.rootDirectory;
  store.settings.engine = engineClient();

  reportEnd(monitor, sdk.promises);
  process.channel?.unref();
  runtime.runInPulumiStack(() => loadProgram(settings)).catch(fail);
}

function reportFailures(sdk: Sdk, rootDirectory: string): (thrown: unknown) => void {
  const seen = new Set<unknown>();
  const fail = (thrown: unknown) => {
    if (seen.has(thrown)) return;
    seen.add(thrown);
    sendToEngine({ kind: "error", failure: describeFailure(thrown, sdk, rootDirectory) });
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  return fail;
}

/** Replaces the SDK's gRPC client of the engine, which receives log messages. */
function engineClient() {
  const severities = [undefined, "info", "warning", "error"] as const;
  type LogRequest = { getSeverity(): number; getMessage(): string; getUrn(): string };
  type Done = (error: Error | null, response: object) => void;
  return {
    log(request: LogRequest, done: Done) {
      const severity = severities[request.getSeverity()];
      if (severity !== undefined)
        sendToEngine({ kind: "log", severity, message: request.getMessage(), urn: request.getUrn() });
      done(null, {});
    },
    setRootResource: (_request: unknown, done: Done) => done(null, {}),
    requirePulumiVersion: (_request: unknown, done: Done) => done(null, {}),
    close() {},
  };
}

/**
 * Reports that the program has ended when `beforeExit` occurs twice in a row without new requests, because handlers
 * of `beforeExit` may declare more resources. (The AWS SDK has such handlers.)
 */
function reportEnd(monitor: ForwardingMonitor, promises: OpenPromises): void {
  let before = -1;
  process.on("beforeExit", () => {
    if (monitor.requests !== before) {
      before = monitor.requests;
      setImmediate(() => {});
      return;
    }
    // This keeps the process alive until the engine ends it.
    process.channel?.ref();
    sendToEngine({ kind: "finished", unfinished: promises.unfinished() });
  });
}

async function loadProgram({ workingDirectory, main }: ProgramSettings): Promise<object> {
  const path = resolve(workingDirectory, main);
  const manifest = findManifest(path);
  const file = entryFile(main === "." ? (declaredEntry(manifest) ?? path) : path);
  const exported = manifest.content.type === "module" ? await importProgram(file) : require(file);
  return exported instanceof Function ? exported() : exported;
}

interface Manifest {
  readonly directory: string;
  readonly content: { readonly main?: unknown; readonly exports?: unknown; readonly type?: unknown };
}

function findManifest(path: string): Manifest {
  for (let directory = path; ; directory = dirname(directory)) {
    const file = join(directory, "package.json");
    if (existsSync(file)) return { directory, content: JSON.parse(readFileSync(file, "utf8")) };
    if (directory === dirname(directory)) return { directory: path, content: {} };
  }
}

/** Finds the existing file that `exports` or `main` of package.json names, in the same order as the SDK. */
function declaredEntry({ directory, content }: Manifest): string | undefined {
  const { main } = content;
  let { exports } = content as { exports?: unknown };
  if (typeof exports === "object" && exports !== null) exports = (exports as Record<string, unknown>)["."];
  if (typeof exports === "object" && exports !== null) {
    const conditions = exports as Record<string, unknown>;
    exports = conditions.default ?? conditions.require ?? conditions.import;
  }
  const declared = typeof exports === "string" ? exports : main;
  if (typeof declared !== "string") return undefined;
  const path = join(directory, declared);
  return existsSync(path) ? path : undefined;
}

function entryFile(path: string): string {
  if (!statSync(path).isDirectory()) return path;
  const names = ["index.js", "index.cjs", "index.mjs", "index.ts", "index.cts", "index.mts"];
  const file = names.map((name) => join(path, name)).find((candidate) => existsSync(candidate));
  if (file === undefined)
    throw new Error(`${path} must contain one of ${names.join(", ")}, got none of them.`);
  return file;
}

async function importProgram(file: string): Promise<object> {
  const program: { readonly default?: object } = await importModule(file);
  if (program.default === undefined) return program;
  if (Object.keys(program).some((key) => key !== "default" && key !== "module.exports")) {
    throw new Error("A program must have either a default export or named exports, got both.");
  }
  return program.default;
}
