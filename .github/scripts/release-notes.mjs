// Prints the changes of a version of the components, for its release on GitHub. Fails if the tag is not the version.
import { readFileSync } from "node:fs";

const [tag = ""] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync("components/package.json", "utf8"));
if (tag !== `v${version}`) {
  fail(`The tag must be v${version}, the version in components/package.json, got ${tag || "nothing"}.`);
}
const [, newest = ""] = readFileSync("components/CHANGELOG.md", "utf8").split(/^## /m);
const end = newest.indexOf("\n");
if (newest.slice(0, end) !== version) {
  fail(`components/CHANGELOG.md must begin with ${version}, got ${newest.slice(0, end) || "no version"}.`);
}
process.stdout.write(`${newest.slice(end).trim()}\n`);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
