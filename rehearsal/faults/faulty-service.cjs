// Loaded into every service process before its own code. It answers a share of the requests of one version with 500,
// as the control file says. The file is read again while the process runs, so a fault can begin and end at any time.
"use strict";

const { readFileSync } = require("node:fs");
const { Server } = require("node:http");

const READ_INTERVAL_MS = 50;
const { CHANGEOVER_FAULT_FILE: file = "", TIER, COLOR, VERSION } = process.env;
const identity = { "x-changeover-color": COLOR, "x-changeover-version": VERSION };

let fault;
let failures = 0;
let requests = 0;

function readFault() {
  try {
    const read = JSON.parse(readFileSync(file, "utf8"));
    fault = read.version === VERSION && read.tier === TIER ? read : undefined;
  } catch {
    fault = undefined; // No fault, or the file is being written.
  }
}

function fails({ url }) {
  if (fault === undefined || fault.healthyPaths.includes(url.split("?")[0])) return false;
  // Spread evenly, so that a short run has the same share as a long one.
  requests++;
  if (failures >= requests * fault.errorShare) return false;
  failures++;
  return true;
}

function install() {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (event, ...args) {
    const [request, response] = args;
    if (event !== "request" || !fails(request)) return emit.call(this, event, ...args);
    request.resume();
    response.writeHead(500, { ...identity, "content-type": "application/json" });
    response.end('{"error":"rehearsed fault"}');
    return true;
  };
}

// Functions have the same environment as instances, but neither tier nor version.
if (TIER !== undefined && VERSION !== undefined) {
  readFault();
  setInterval(readFault, READ_INTERVAL_MS).unref();
  install();
}
