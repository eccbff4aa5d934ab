import assert from "node:assert/strict";
import { PublishError } from "../../publishing/publish-error";
import { openReleaseBucket } from "../../publishing/release-bucket";
import { clientSettings, withSimulator } from "../simulator/stack";

describe("bucket of releases", function () {
  this.timeout(60_000);

  it("release bucket: an object is written once, and read back", async () => {
    await withSimulator(async (stack) => {
      const { id } = await stack.create("aws:s3/bucket:Bucket", "releases", {});
      const bucket = openReleaseBucket(id, clientSettings(stack.simulator));
      try {
        assert.equal(await bucket.get("web/1.0.0.js"), undefined);
        assert.equal(await bucket.putOnce("web/1.0.0.js", Buffer.from("one"), "text/plain"), "stored");
        assert.equal(await bucket.putOnce("web/1.0.0.js", Buffer.from("two"), "text/plain"), "exists");
        assert.equal(String(await bucket.get("web/1.0.0.js")), "one");
      } finally {
        bucket.close();
      }
    });
  });

  it("release bucket: a missing bucket is reported with what to do", async () => {
    await withSimulator(async (stack) => {
      const bucket = openReleaseBucket("no-such-bucket", clientSettings(stack.simulator));
      try {
        await assert.rejects(bucket.putOnce("a", Buffer.from("a"), "text/plain"), (error: Error) => {
          assert.ok(error instanceof PublishError);
          assert.match(
            error.message,
            /^The bucket of releases must be .*, got no-such-bucket \(NoSuchBucket: .*\)\. Create the bucket/,
          );
          return true;
        });
      } finally {
        bucket.close();
      }
    });
  });
});
