import assert from "node:assert/strict";
import type { DeployedVersion } from "../../../contract";
import { formerVersions, parseLastManifests } from "../../../stack/plan/last-manifests";
import { ValidationError } from "../../../stack/validation-error";

const artifact = { url: "s3://store/web/1.0.0.js", sha256: "a".repeat(64) };
const deployed = (version: string, store?: DeployedVersion["store"]): DeployedVersion => ({
  version,
  artifacts: { web: artifact, app: artifact },
  queries: { ping: "select 1 as answer" },
  ...(store && { store }),
});
const output = (...versions: DeployedVersion[]) =>
  Object.fromEntries(versions.map((each) => [each.version, JSON.stringify(each)]));

describe("output manifests", () => {
  it("is empty before the first update", () => {
    assert.deepEqual(parseLastManifests(undefined), []);
  });

  it("names the deployed versions, with or without commit, and ignores new keys", () => {
    const versions = [deployed("1.0.0", "declared"), { ...deployed("1.1.0"), commit: "0".repeat(40) }];
    assert.deepEqual(parseLastManifests(output(...versions)), versions);
    const later = { "1.0.0": JSON.stringify({ ...deployed("1.0.0"), signedBy: "ci" }) };
    assert.deepEqual(parseLastManifests(later), [deployed("1.0.0")]);
  });

  it("may have the placeholder of a preview for the bucket", () => {
    const url = "s3://<Bucket:dev-artifacts.bucket>/web/1.0.0.js";
    const previewed = {
      ...deployed("1.0.0", "declared"),
      artifacts: { web: { ...artifact, url }, app: artifact },
    };
    assert.deepEqual(parseLastManifests(output(previewed)), [previewed]);
  });

  it("is rejected when it is malformed, so that no version is built again", () => {
    for (const wrong of ["1.0.0", { "1.0.0": "{" }, { "1.0.0": "{}" }, { "1.0.0": deployed("1.0.0") }])
      assert.throws(() => parseLastManifests(wrong), ValidationError);
  });

  it("keeps the ten newest versions that no color names, whose objects are in the bucket only", () => {
    const last = Array.from({ length: 14 }, (_, minor) => deployed(`1.${minor}.0`, "declared"));
    const former = formerVersions(last, ["1.13.0", "1.12.0"]);
    assert.deepEqual(
      former.map(({ version }) => version),
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((minor) => `1.${minor}.0`),
    );
    assert.ok(former.every(({ store }) => store === "retained"));
    assert.deepEqual(formerVersions([deployed("1.0.0")], []), [deployed("1.0.0")]);
  });
});
