// Loaded into every Node.js process of the simulator. Resolves the names of databases with the file of the simulator,
// which is read at each lookup, like a DNS record without a cache.
"use strict";

const { readFileSync } = require("node:fs");
const dns = require("node:dns");

const { lookup } = dns;

dns.lookup = (name, options, callback) => {
  const done = typeof options === "function" ? options : callback;
  const address = addressOf(name);
  if (address === undefined) return lookup.call(dns, name, options, callback);
  const all = typeof options === "object" && options?.all;
  process.nextTick(() => (all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
};

function addressOf(name) {
  try {
    return JSON.parse(readFileSync(process.env.CHANGEOVER_HOST_NAMES, "utf8"))[name];
  } catch {
    return undefined; // The simulator has ended.
  }
}
