import assert from "node:assert/strict";
import { AutoScalingClient, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createSite, groupInputs, userData } from "../site";
import { clientSettings, type TestSimulator, withSimulator } from "../stack";

async function createRole(stack: TestSimulator, name: string, statements: object[]) {
  const assumeRolePolicy = JSON.stringify({ Statement: [] });
  const role = await stack.create("aws:iam/role:Role", name, { assumeRolePolicy });
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await stack.create("aws:iam/rolePolicy:RolePolicy", name, { role: role.id, policy });
  return role;
}

const as = (stack: TestSimulator, accessKeyId: string) => ({
  ...clientSettings(stack.simulator),
  credentials: { accessKeyId, secretAccessKey: "y" },
});

describe("simulator: permissions", () => {
  it("permissions: a function may do what its role allows, on the groups with the tag", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const own = { key: "changeover:stack", value: "shop/dev", propagateAtLaunch: false };
      const template = await stack.create("aws:ec2/launchTemplate:LaunchTemplate", "web", {
        userData: userData({ VERSION: "1" }),
      });
      const inputs = groupInputs(site, template, { minSize: 1, minElbCapacity: undefined });
      const group = await stack.create("aws:autoscaling/group:Group", "own", { ...inputs, tags: [own] });
      const other = await stack.create("aws:autoscaling/group:Group", "other", inputs);
      const role = await createRole(stack, "gate", [
        {
          Effect: "Allow",
          Action: "autoscaling:SetDesiredCapacity",
          Resource: "*",
          Condition: { StringEquals: { "aws:ResourceTag/changeover:stack": "shop/dev" } },
        },
      ]);
      const gate = await stack.create("aws:lambda/function:Function", "gate", {
        role: role.outs.arn,
        runtime: "nodejs20.x",
        handler: "index.handler",
        code: {
          kind: "archive",
          assets: { "index.js": { kind: "asset", text: "exports.handler = () => 1;" } },
        },
      });
      const raise = (accessKeyId: string, AutoScalingGroupName: string) =>
        new AutoScalingClient(as(stack, accessKeyId)).send(
          new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 2 }),
        );
      await raise(gate.id, group.id);
      await assert.rejects(raise(gate.id, other.id), {
        name: "AccessDenied",
        message: new RegExp(
          `assumed-role/${role.id}/${gate.id} is not authorized.* on resource: arn:.*${other.id}`,
        ),
      });
      await raise("an operator", other.id);
    });
  });

  it("permissions: an instance reads only the secrets that its role allows", async () => {
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const secretOf = async (name: string) => {
        const secret = await stack.create("aws:secretsmanager/secret:Secret", name, {});
        await stack.create("aws:secretsmanager/secretVersion:SecretVersion", name, {
          secretId: secret.id,
          secretString: name,
        });
        return secret.id;
      };
      const [login, master] = [await secretOf("login"), await secretOf("master")];
      const statement = { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: login };
      const role = await createRole(stack, "web", [statement]);
      const profile = await stack.create("aws:iam/instanceProfile:InstanceProfile", "web", { role: role.id });
      const template = await stack.create("aws:ec2/launchTemplate:LaunchTemplate", "web", {
        userData: userData({ VERSION: "1" }),
        iamInstanceProfile: { arn: profile.outs.arn },
      });
      await stack.create("aws:autoscaling/group:Group", "web", groupInputs(site, template));
      const [instance] = stack.simulator.instances();
      const client = new SecretsManagerClient(as(stack, instance?.id ?? ""));
      const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
      assert.equal((await read(login)).SecretString, "login");
      await assert.rejects(read(master), { name: "AccessDeniedException" });
    });
  });
});
