import assert from "node:assert/strict";
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { createFleet, createSite } from "../site";
import { clientSettings, withSimulator } from "../stack";

describe("simulator: AWS API", () => {
  it("AWS API: the SDK reads secrets until they are deleted", async () => {
    await withSimulator(async (stack) => {
      const client = new SecretsManagerClient(clientSettings(stack.simulator));
      const secret = await stack.create("aws:secretsmanager/secret:Secret", "login", {
        recoveryWindowInDays: 0,
      });
      const get = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
      await assert.rejects(get(secret.id), { name: "ResourceNotFoundException" });
      const version = await stack.create("aws:secretsmanager/secretVersion:SecretVersion", "login", {
        secretId: secret.id,
        secretString: '{"password":"p"}',
      });
      assert.equal((await get(secret.id)).SecretString, '{"password":"p"}');
      assert.equal((await get(String(secret.outs.name))).VersionId, version.outs.versionId);
      const put = new PutSecretValueCommand({ SecretId: secret.id, SecretString: "q" });
      await assert.rejects(client.send(put), {
        name: "NotImplemented",
        message: /secretsmanager.PutSecretValue is not supported/,
      });
      await stack.delete(secret);
      await assert.rejects(get(secret.id), { name: "ResourceNotFoundException" });
    });
  });

  it("AWS API: the SDK reads the target health of the load balancer", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
      const ask = (TargetGroupArn: string) =>
        client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      assert.deepEqual((await ask(site.targetGroup.id)).TargetHealthDescriptions, []);
      await createFleet(stack, site, { version: "1.0.0" });
      const { TargetHealthDescriptions = [] } = await ask(site.targetGroup.id);
      assert.deepEqual(
        TargetHealthDescriptions.map(({ Target, TargetHealth }) => [Target?.Id, TargetHealth?.State]).sort(),
        stack.simulator
          .instances()
          .map(({ id }) => [id, "healthy"])
          .sort(),
      );
      await assert.rejects(ask("arn:aws:elasticloadbalancing:nowhere"), {
        name: "TargetGroupNotFoundException",
      });
    });
  });

  it("AWS API: the SDK reads objects", async () => {
    await withSimulator(async (stack) => {
      const client = new S3Client(clientSettings(stack.simulator));
      const bucket = await stack.create("aws:s3/bucket:Bucket", "Code", {});
      assert.match(bucket.id, /^code-[0-9a-f]{7}$/);
      const object = { bucket: bucket.id, key: "a/b c.js", content: "1 + 1" };
      await stack.create("aws:s3/bucketObjectv2:BucketObjectv2", "code", object);
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket.id, Key: "a/b c.js" }));
      assert.equal(await Body?.transformToString(), "1 + 1");
      const missing = client.send(new GetObjectCommand({ Bucket: bucket.id, Key: "none" }));
      await assert.rejects(missing, { name: "NoSuchKey" });
      await assert.rejects(stack.delete(bucket), /BucketNotEmpty/);
    });
  });
});
