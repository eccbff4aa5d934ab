// Loaded into every service process before its own code. It injects the faults of the control file that match the tags
// of the instance. The file is read again while the process runs, so a fault can begin and end at any time.
"use strict";

const { readFileSync } = require("node:fs");
const { Server, ServerResponse } = require("node:http");

const READ_INTERVAL_MS = 50;
const { CHANGEOVER_FAULT_FILE: file = "", CHANGEOVER_INSTANCE_TAGS: tagsText } = process.env;
const tags = JSON.parse(tagsText ?? "{}");
const isService = tagsText !== undefined;

let faults = [];
let failures = 0;
let requests = 0;
let aheadMs = 0;
const leaked = [];

function concerns(fault) {
  return ["tier", "color", "version"].every(
    (key) => fault[key] === undefined || fault[key] === tags[`changeover:${key}`],
  );
}

function readFaults() {
  try {
    faults = JSON.parse(readFileSync(file, "utf8")).filter(concerns);
  } catch {
    faults = []; // The rehearsal has ended.
  }
  aheadMs = (find("clock")?.aheadSeconds ?? 0) * 1000;
  if (find("leak") === undefined) for (const client of leaked.splice(0)) client.end().catch(() => {});
}

function find(kind, path) {
  return faults.find((fault) => fault.kind === kind && !fault.healthyPaths?.includes(path));
}

/** Spread evenly, so that a short run has the same share as a long one. */
function failsNow(fault) {
  requests++;
  if (failures >= requests * fault.share) return false;
  failures++;
  return true;
}

/** The answer keeps its headers, so that it still names its instance. */
function answerWith500(response) {
  const { writeHead } = response;
  response.writeHead = (_status, ...rest) => writeHead.call(response, 500, ...rest);
}

function leakConnection({ database }) {
  const { Client } = require("pg");
  const client = new Client({ ...database, ssl: { rejectUnauthorized: false } });
  client.on("error", () => {});
  leaked.push(client);
  client.connect().catch(() => {});
}

function injectIntoRequests() {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (event, ...args) {
    const [request, response] = args;
    if (event !== "request" || !(response instanceof ServerResponse)) return emit.call(this, event, ...args);
    const [path] = request.url.split("?");
    const errors = find("errors", path);
    if (errors !== undefined && failsNow(errors)) answerWith500(response);
    const leak = find("leak", path);
    if (leak !== undefined) leakConnection(leak);
    const slow = find("slow", path);
    if (slow === undefined) return emit.call(this, event, ...args);
    setTimeout(() => emit.call(this, event, ...args), slow.delayMs);
    return true;
  };
}

function injectIntoClock() {
  const RealDate = Date;
  const now = () => RealDate.now() + aheadMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key) => (key === "now" ? now : target[key]),
  });
}

// Functions have the same environment as instances, but no tags.
if (isService) {
  readFaults();
  if (find("crash") !== undefined) {
    process.stderr.write("Rehearsed fault: this version crashes at its start.\n");
    process.exit(1);
  }
  setInterval(readFaults, READ_INTERVAL_MS).unref();
  injectIntoClock();
  injectIntoRequests();
}
