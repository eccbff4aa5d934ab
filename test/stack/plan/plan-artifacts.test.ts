import assert from "node:assert/strict";
import type { DeployedVersion, ReleaseManifest } from "../../../contract";
import { type ArtifactFacts, planArtifacts } from "../../../stack/plan/plan-artifacts";

const digest = (letter: string) => letter.repeat(64);

const built = (letter: string): ArtifactFacts["built"] => ({
  version: "1.0.0",
  web: { file: "dist/web.js", sha256: digest(letter) },
  app: { file: "dist/app.js", sha256: digest(letter) },
});

const manifest = (letter: string): ReleaseManifest => ({
  version: "1.0.0",
  commit: "0".repeat(40),
  artifacts: {
    web: { url: "s3://releases/web/1.0.0.js", sha256: digest(letter) },
    app: { url: "s3://releases/app/1.0.0.js", sha256: digest(letter) },
  },
  queries: {},
});

const deployed = (letter: string, store?: DeployedVersion["store"]): DeployedVersion => {
  const tier = (name: string) => ({
    url: `s3://store/${name}/1.0.0-${letter}.js`,
    sha256: digest(letter),
  });
  return { version: "1.0.0", artifacts: { web: tier("web"), app: tier("app") }, queries: {}, store };
};

/** The planned artifacts, as "declared web/1.0.0.js" or the URL, with the first letter of the digest. */
function plan(facts: Omit<ArtifactFacts, "version">) {
  const planned = planArtifacts({ version: "1.0.0", ...facts });
  if (planned === undefined) return undefined;
  const { web } = planned.artifacts;
  const place = web.upload ? `declared ${web.upload.key} from ${web.upload.file}` : web.url;
  return { place, digest: web.sha256[0], store: planned.store, warnings: planned.warnings.length };
}

describe("artifact plan", () => {
  it("uploads the first build of a version under a key with its digest", () => {
    assert.deepEqual(plan({ built: built("a") }), {
      place: "declared web/1.0.0-aaaaaaaaaaaa.js from dist/web.js",
      digest: "a",
      store: "declared",
      warnings: 0,
    });
  });

  it("takes a published version from its manifest, and warns of another build", () => {
    const published = { place: "s3://releases/web/1.0.0.js", digest: "a", store: undefined };
    assert.deepEqual(plan({ manifest: manifest("a") }), { ...published, warnings: 0 });
    assert.deepEqual(plan({ manifest: manifest("a"), built: built("a") }), { ...published, warnings: 0 });
    assert.deepEqual(plan({ manifest: manifest("a"), built: built("b") }), { ...published, warnings: 2 });
  });

  it("declares the objects of a deployed version while the checkout builds the same bytes", () => {
    assert.deepEqual(plan({ deployed: deployed("a", "declared"), built: built("a") }), {
      place: "declared web/1.0.0-a.js from dist/web.js",
      digest: "a",
      store: "declared",
      warnings: 0,
    });
  });

  it("retains the objects of a deployed version without its sources, and does not upload them again", () => {
    const retained = { place: "s3://store/web/1.0.0-a.js", digest: "a", store: "retained", warnings: 0 };
    assert.deepEqual(plan({ deployed: deployed("a", "declared") }), retained);
    assert.deepEqual(plan({ deployed: deployed("a", "retained") }), retained);
    assert.deepEqual(plan({ deployed: deployed("a", "retained"), built: built("a") }), retained);
  });

  it("keeps the deployed artifacts when the sources or the manifest have others, and warns", () => {
    const retained = { place: "s3://store/web/1.0.0-a.js", digest: "a", store: "retained", warnings: 2 };
    assert.deepEqual(plan({ deployed: deployed("a", "declared"), built: built("b") }), retained);
    assert.deepEqual(plan({ deployed: deployed("a", "retained"), manifest: manifest("b") }), retained);
    const [warning] =
      planArtifacts({ version: "1.0.0", deployed: deployed("a"), built: built("b") })?.warnings ?? [];
    assert.equal(
      warning,
      "web/1.0.0 is published with SHA-256 aaaaaaaaaaaa, and this checkout builds bbbbbbbbbbbb. Instances run the " +
        "published artifact. Release the change under a new version.",
    );
  });

  it("keeps artifacts declared that a former program uploaded, by their key without a digest", () => {
    const uploadedBefore = { "web/1.0.0.js": digest("a"), "app/1.0.0.js": digest("a") };
    const kept = { place: "declared web/1.0.0.js from dist/web.js", digest: "a", store: "declared" };
    assert.deepEqual(plan({ uploadedBefore, built: built("a") }), { ...kept, warnings: 0 });
    assert.deepEqual(plan({ uploadedBefore, built: built("b"), manifest: manifest("b") }), {
      ...kept,
      warnings: 2,
    });
    // The objects have no retainOnDelete, so Pulumi would delete them if they were not declared.
    assert.equal(plan({ uploadedBefore, manifest: manifest("a") }), undefined);
  });

  it("has no artifacts for a version that is neither deployed nor published nor built", () => {
    assert.equal(plan({}), undefined);
  });
});
