import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFindings } from "../../../preview/change/package-changes";
import type { CheckedOut } from "../../../preview/checkout/checked-out";

type Ranges = Readonly<Record<string, string>>;

describe("packages: a range in package.json changes without its lockfile", () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it("is a warning with the locked version and the command that updates it", () => {
    const [finding, ...others] = findings({ semver: "^7.0.0" }, { semver: "^8.0.0" });
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "lockfile-outdated");
    assert.equal(finding.severity, "warning");
    assert.match(finding.summary, /semver \^7\.0\.0 → \^8\.0\.0 \(locked: 7\.8\.6\)/);
    assert.match(finding.remediation ?? "", /npm install/);
  });

  it("is a warning for a new package that the lockfile lacks", () => {
    const [finding] = findings({}, { yaml: "^2.0.0" });
    assert.equal(finding?.code, "lockfile-outdated");
    assert.match(finding.summary, /yaml none → \^2\.0\.0 \(locked: none\)/);
  });

  it("is no finding if the locked version is in the new range, or if the package is removed", () => {
    assert.deepEqual(findings({ semver: "^7.0.0" }, { semver: "^7.5.0" }), []);
    assert.deepEqual(findings({ semver: "^7.0.0" }, {}), []);
  });

  it("names the SDK and provider packages with their own codes", () => {
    const found = findings(
      { "@pulumi/pulumi": "^3.0.0", "@pulumi/aws": "^7.0.0" },
      { "@pulumi/pulumi": "^4.0.0", "@pulumi/aws": "^8.0.0" },
    );
    assert.deepEqual(found.map(({ code }) => code).sort(), [
      "provider-version-changed",
      "sdk-version-changed",
    ]);
  });

  function findings(base: Ranges, head: Ranges) {
    return packageFindings(revision(base), revision(head));
  }

  function revision(dependencies: Ranges): CheckedOut {
    const root = mkdtempSync(join(tmpdir(), "changeover-packages-"));
    folders.push(root);
    writeFileSync(join(root, "package.json"), JSON.stringify({ dependencies }));
    const packages = { "node_modules/semver": { version: "7.8.6" } };
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
    return { ref: "main", root, programDirectory: root, workingTree: root, emptySubmodules: [] };
  }
});
