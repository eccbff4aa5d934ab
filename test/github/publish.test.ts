import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { parse } from "yaml";

const ROOT = join(__dirname, "..", "..");
const { version } = JSON.parse(readFileSync(join(ROOT, "components/package.json"), "utf8"));

interface Job {
  readonly permissions: Record<string, string>;
  readonly environment?: string;
  readonly needs?: string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}
const workflow = parse(readFileSync(join(ROOT, ".github/workflows/publish-components.yml"), "utf8"));
const jobs: Record<string, Job> = workflow.jobs;

function notesOf(tag: string) {
  const script = join(ROOT, ".github/scripts/release-notes.mjs");
  return spawnSync(process.execPath, [script, tag], { cwd: ROOT, encoding: "utf8", timeout: 10_000 });
}

describe("publishing of the components", () => {
  it("publish: the notes of a release are the newest changes", () => {
    const { status, stdout } = notesOf(`v${version}`);
    assert.equal(status, 0);
    assert.match(stdout, /^### Added\n/);
    assert.ok(!/^## /m.test(stdout), "another version's changes");
  });

  it("publish: a tag of another version is rejected", () => {
    const { status, stderr } = notesOf("v0.0.1");
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`The tag must be v${version.replaceAll(".", "\\.")}.*got v0\\.0\\.1`));
  });

  it("publish: runs for tags only, and no code of the repository runs in the jobs that can publish", () => {
    assert.deepEqual(Object.keys(workflow.on), ["push"]);
    assert.deepEqual(Object.keys(workflow.on.push), ["tags"]);
    assert.deepEqual(jobs.build?.permissions, { contents: "read" });
    assert.deepEqual(jobs.npm?.permissions, { "id-token": "write" });
    assert.deepEqual([jobs.npm?.needs, jobs.npm?.environment, jobs.github?.needs], ["build", "npm", "npm"]);
    for (const job of [jobs.npm, jobs.github]) {
      assert.ok(job && !job.steps.some(({ uses = "" }) => uses.startsWith("actions/checkout")));
      assert.ok(!job.steps.some(({ run = "" }) => /npm (ci|install)|node /.test(run)));
    }
  });
});
