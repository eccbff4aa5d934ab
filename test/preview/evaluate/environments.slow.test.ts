import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { CheckedOut, RevisionError } from "../../../preview/checkout/checked-out";
import { environmentOf, withEnvironmentHint } from "../../../preview/evaluate/environments";
import { environmentFinding } from "../../../preview/findings/environments";
import { cleanUpAfterAll, preview, Repository, SMALL, stackOf } from "../support";

const stackFile = (environment: string, config = "small:size: 1") => ({
  "Pulumi.dev.yaml": `${environment}\nconfig:\n  ${config}\n`,
});

describe("preview, Pulumi ESC environments:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  function environment(written: string) {
    const { folder } = new Repository({ ...SMALL, ...stackFile(written) });
    const folders = { root: folder, workingTree: folder, programDirectory: folder };
    const revision: CheckedOut = { ref: "working tree", ...folders, emptySubmodules: [] };
    return environmentOf(revision, "dev");
  }

  it("are named with their imports, never with their values", () => {
    assert.equal(
      environment("environment: [shop/dev, {shared/tags: {merge: false}}]")?.name,
      "shop/dev and shared/tags",
    );
    const own = environment("environment: {imports: [shop/dev], values: {pulumiConfig: {a: hunter2}}}");
    assert.equal(own?.name, "shop/dev and values written in the stack's file");
    for (const none of ["environment: []", ""]) assert.equal(environment(none), undefined);
  });

  it("a changed environment is a finding", () => {
    const [dev, next] = [environment("environment: [shop/dev]"), environment("environment: [shop/next]")];
    const own = environment("environment: {imports: [shop/dev], values: {pulumiConfig: {a: hunter2}}}");
    assert.equal(environmentFinding(dev, environment("environment: [shop/dev]")), undefined);
    assert.match(environmentFinding(dev, next)?.summary ?? "", /shop\/dev → shop\/next: /);
    assert.match(environmentFinding(dev, undefined)?.summary ?? "", /shop\/dev → none: /);
    const summary = environmentFinding(dev, own)?.summary ?? "";
    assert.match(summary, /shop\/dev → shop\/dev and values written in the stack's file: /);
    assert.doesNotMatch(summary, /hunter2/);
  });

  it("a changed environment changes the report, although no resource shows it", async () => {
    const repository = new Repository({ ...SMALL, ...stackFile("environment: [shop/dev]") });
    repository.commit();
    const { status, stdout } = await preview(["--base", "main"], repository.folder);
    assert.equal(status, 0);
    assert.match(stdout, /\nNo changes, as far as a preview without AWS can tell\.\n/);
    assert.match(stdout, /\nNote: .* Pulumi ESC environments are not read.*: shop\/dev\.\n/);
    repository.write(stackFile("environment: [shop/next]"));
    const changed = await preview(["--base", "main", "--format", "json"], repository.folder);
    const { outcome, complete, findings, notes } = stackOf(changed.stdout);
    assert.deepEqual([changed.status, outcome, complete], [2, "changes", false]);
    assert.deepEqual([findings[0]?.topic, findings[0]?.severity], ["provider", "warning"]);
    assert.match(notes[0] ?? "", /: shop\/dev \(base\) and shop\/next \(head\)\.$/);
  });

  it("are suggested when a value is missing", async () => {
    const shop = environment("environment: [shop/dev]");
    const hinted = (message: string, each = shop) => {
      const error: RevisionError = { outcome: "rejected", step: "evaluate", message, issues: [], frames: [] };
      return withEnvironmentHint(error, each).message;
    };
    const missing = "Stack 'dev' is missing configuration value 'small:size'";
    assert.match(hinted(missing), /^Stack 'dev' is missing .*\nThe value may come from .*\(shop\/dev\)/);
    assert.equal(hinted(missing, undefined), hinted(missing, environment("environment: []")));
    assert.doesNotMatch(hinted("another error"), /ESC/);

    const repository = new Repository({ ...SMALL, ...stackFile("environment: [shop/dev]") });
    repository.commit();
    repository.write(stackFile("environment: [shop/dev]", "small:other: 1"));
    const args = ["--base", "main", "--format", "json"];
    const { status, stdout } = await preview(args, repository.folder);
    const { error, findings } = stackOf(stdout);
    assert.deepEqual([status, findings.map(({ code }) => code)], [3, ["config-changed"]]);
    assert.match(
      error?.message ?? "",
      /^Missing required configuration variable 'small:size'\n.*\nThe value may come from .*\(shop\/dev\)/s,
    );
  });
});
