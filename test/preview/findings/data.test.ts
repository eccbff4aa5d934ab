import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Properties } from "../../../engine/values/values";
import { findingOn, graph, renamed, resource, severityAndSummary, severityOf } from "./graphs";

describe("finding data:", () => {
  const bucket = (inputs: Properties = {}, options = {}) =>
    resource("aws:s3/bucket:Bucket", "records", inputs, options);
  const details = (...of: Parameters<typeof findingOn>) => findingOn(...of)?.details;

  it("danger when a resource with data is deleted or replaced", () => {
    assert.deepEqual(severityAndSummary("data", graph(bucket()), graph()), [
      "danger",
      "DATA LOSS: records (aws:s3:Bucket) would be deleted.",
    ]);
    const replaced = [graph(bucket({ bucket: "a" })), graph(bucket({ bucket: "b" }))] as const;
    assert.equal(severityOf("data", ...replaced), "danger");
    assert.deepEqual(details("data", ...replaced), ["records (aws:s3:Bucket): replace because of bucket"]);
  });

  it("warning when retainOnDelete keeps a deleted resource, danger when it is replaced", () => {
    const retained = (name: string) => graph(bucket({ bucket: name }, { retainOnDelete: true }));
    assert.equal(severityOf("data", retained("a"), graph()), "warning");
    assert.equal(severityOf("data", retained("a"), retained("b")), "danger", "the new one is empty");
  });

  it("danger when protection is removed, although nothing else changes", () => {
    const instance = (deletionProtection: boolean) =>
      graph(resource("aws:rds/instance:Instance", "db", { deletionProtection }));
    assert.equal(severityOf("data", instance(true), instance(false)), "danger");
    assert.equal(severityOf("data", instance(false), instance(true)), "warning");
    const protectedBucket = graph(bucket({}, { protect: true }));
    assert.deepEqual(details("data", protectedBucket, graph(bucket())), [
      "records (aws:s3:Bucket) loses protect",
    ]);
    const aliased = graph(renamed(bucket(), "papers"));
    assert.deepEqual(details("data", protectedBucket, aliased), ["papers (aws:s3:Bucket) loses protect"]);
    assert.deepEqual(details("data", protectedBucket, graph(bucket({ forceDestroy: true }))), [
      "records (aws:s3:Bucket) loses protect and gets forceDestroy: true",
      "records (aws:s3:Bucket): update of forceDestroy",
    ]);
  });

  it("none when a secret gets another version", () => {
    const version = (secretString: string) =>
      graph(resource("aws:secretsmanager/secretVersion:SecretVersion", "password", { secretString }));
    assert.equal(severityOf("data", version("a"), version("b")), "none");
  });

  it("danger when an update may be a replacement", () => {
    const cluster = (storageType: string) =>
      graph(resource("aws:rds/cluster:Cluster", "facts", { storageType }));
    assert.deepEqual(severityAndSummary("data", cluster("io1"), cluster("gp3")), [
      "danger",
      "facts (aws:rds:Cluster) may be replaced: this preview cannot tell.",
    ]);
  });

  it("warning when resources of an unknown package are deleted, not when they are created", () => {
    const service = graph(resource("gcp:cloudrun:Service", "site", { size: 1 }));
    assert.equal(severityOf("data", graph(), service), "none");
    const [severity, summary] = severityAndSummary("data", service, graph());
    assert.equal(severity, "warning");
    assert.match(summary ?? "", /gcp/);
  });
});
