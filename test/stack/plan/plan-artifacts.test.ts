import assert from "node:assert/strict";
import { planArtifacts } from "../../../stack/plan/plan-artifacts";

const built = (sha256: string) => [{ key: "web/1.0.0.js", file: "dist/web.js", sha256 }];

describe("artifact plan", () => {
  it("publishes the first build of a version", () => {
    assert.deepEqual(planArtifacts(built("a")), { published: { "web/1.0.0.js": "a" }, warnings: [] });
    assert.deepEqual(planArtifacts(built("a"), { "web/1.0.0.js": "a" }).warnings, []);
  });

  it("warns of a build that differs from the published one, and does not publish it", () => {
    const { published, warnings } = planArtifacts(built("b"), { "web/1.0.0.js": "a" });
    assert.deepEqual(published, { "web/1.0.0.js": "a" });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^web\/1\.0\.0\.js is published .* new version\.$/);
  });

  it("forgets versions that no color names", () => {
    assert.deepEqual(planArtifacts([], { "web/1.0.0.js": "a" }).published, {});
  });
});
