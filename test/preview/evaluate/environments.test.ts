import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Report } from "../../../preview/report/report";
import { cleanUpAfterAll, preview, Repository, SMALL } from "../support";

const stack = (environment: string, config = "small:size: 1") => ({
  "Pulumi.dev.yaml": `${environment}\nconfig:\n  ${config}\n`,
});

describe("preview, Pulumi ESC environments:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  async function report({ folder }: Repository): Promise<Report & { status: number | null }> {
    const { status, stdout, stderr } = await preview(["--base", "main", "--format", "json"], folder);
    assert.notEqual(stdout, "", stderr);
    return { ...(JSON.parse(stdout) as Report), status };
  }

  function deployed(environment: string): Repository {
    const repository = new Repository({ ...SMALL, ...stack(environment) });
    repository.commit();
    return repository;
  }

  it("are named in a note", async () => {
    const { folder } = deployed("environment: [shop/dev, {shared/tags: {merge: false}}]");
    const { status, stdout } = await preview(["--base", "main"], folder);
    assert.equal(status, 0);
    assert.match(stdout, /\nNo changes, as far as a preview without AWS can tell\.\n/);
    assert.match(stdout, /\nNote: .* Pulumi ESC environments are not read.*: shop\/dev and shared\/tags\.\n/);
    const without = await report(deployed("environment: []"));
    assert.deepEqual([without.complete, without.notes], [true, []]);
  });

  it("a changed environment is a change, although no resource shows it", async () => {
    const repository = deployed("environment: [shop/dev]");
    repository.write(stack("environment: [shop/next]"));
    const changed = await report(repository);
    assert.deepEqual([changed.status, changed.outcome, changed.complete], [2, "changes", false]);
    const [finding] = changed.findings;
    assert.deepEqual([finding?.topic, finding?.severity], ["provider", "warning"]);
    assert.match(
      finding?.summary ?? "",
      /^The stack's Pulumi ESC environments change, shop\/dev → shop\/next: /,
    );
    assert.match(changed.notes[0] ?? "", /: shop\/dev \(base\) and shop\/next \(head\)\.$/);
    repository.write(stack(""));
    assert.match((await report(repository)).findings[0]?.summary ?? "", /, shop\/dev → none: /);
    repository.write(stack("environment: {imports: [shop/dev], values: {pulumiConfig: {a: hunter2}}}"));
    const own = await preview(["--base", "main"], repository.folder);
    assert.match(own.stdout, /, shop\/dev → shop\/dev and values written in the stack's file: /);
    assert.doesNotMatch(own.stdout, /hunter2/);
  });

  it("are suggested when a value is missing", async () => {
    const repository = deployed("environment: [shop/dev]");
    repository.write(stack("environment: [shop/dev]", "small:other: 1"));
    const rejected = await report(repository);
    assert.deepEqual([rejected.status, rejected.findings], [3, []]);
    assert.match(
      rejected.error?.message ?? "",
      /^Missing required configuration variable 'small:size'\n.*\nThe value may come from .* \(shop\/dev\), /s,
    );
    repository.write(stack("", "small:other: 1"));
    assert.doesNotMatch((await report(repository)).error?.message ?? "", /ESC/);
    const typed = { "Pulumi.yaml": `${SMALL["Pulumi.yaml"]}config:\n  size: {type: integer}\n` };
    repository.write({ ...typed, ...stack("environment: [shop/dev]", "small:other: 1") });
    assert.match(
      (await report(repository)).error?.message ?? "",
      /^Stack 'dev' is missing .*\nThe value may/s,
    );
  });
});
