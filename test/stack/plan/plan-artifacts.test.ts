import assert from "node:assert/strict";
import { planArtifacts } from "../../../stack/plan/plan-artifacts";

const built = (sha256: string) => [{ key: "web/1.0.0.js", file: "dist/web.js", sha256 }];

describe("what is published of a version", () => {
  it("is what was built first", () => {
    assert.deepEqual(planArtifacts(built("a")), { published: { "web/1.0.0.js": "a" }, warnings: [] });
    assert.deepEqual(planArtifacts(built("a"), { "web/1.0.0.js": "a" }).warnings, []);
  });

  it("stays, with a warning, when the code changes and the version does not", () => {
    const { published, warnings } = planArtifacts(built("b"), { "web/1.0.0.js": "a" });
    assert.deepEqual(published, { "web/1.0.0.js": "a" });
    assert.deepEqual(warnings, [
      "web/1.0.0.js is published already, and the code of this checkout differs from it. Servers go on with what is published; give the change a new version to release it.",
    ]);
  });

  it("is kept in mind only for versions that a color runs", () => {
    assert.deepEqual(planArtifacts([], { "web/1.0.0.js": "a" }).published, {});
  });
});
