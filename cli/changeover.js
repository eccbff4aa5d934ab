#!/usr/bin/env node
const { accessSync, constants } = require("node:fs");
const { tmpdir } = require("node:os");

try {
  // tsx keeps its cache there and would end with a stack trace.
  accessSync(tmpdir(), constants.W_OK);
} catch (error) {
  const message = `TMPDIR must be a folder that can be written to, got ${JSON.stringify(tmpdir())} (${error.code}).`;
  const json = JSON.stringify({ error: { code: "input", message, command: "changeover" } });
  process.stderr.write(`${process.argv.includes("--json") ? json : message}\n`);
  process.exit(["preview", "bench"].includes(process.argv[2]) ? 1 : 2);
}
require("tsx/cjs");
require("./main.ts");
