import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { isCliAvailable } from "../../engine/cli/available";
import { CliEngine } from "../../engine/cli/cli-engine";
import { packComponents } from "../../packaging/pack";
import { PaperCloud } from "../support/paper-cloud";
import { newFolder, unpackInto } from "./consumer";

const TOKEN = "swordfish-7";

/** Declares components as the libraries that Pulumi generates do: they are constructed in the package's own process. */
const CALL = `
class Remote extends pulumi.ComponentResource {
  [output: string]: any;
}
const declare = (type: string, name: string, args: object, outputs: string[], opts = {}): any =>
  new Remote("changeover:index:" + type, name, { ...Object.fromEntries(outputs.map((key) => [key, undefined])), ...args }, opts, true);
`;

const IMPORT = `
import * as changeover from "changeover";
const declare = (type: string, name: string, args: object, _outputs: string[], opts = {}): any =>
  new (changeover as any)[type](name, args, opts);
`;

/** Declares two tiers, of which one is unnamed, a gate, the production rule behind it, a service, and a file beside the program. */
const PROGRAM = `
const config = new pulumi.Config();
const vpc = { vpcId: "vpc-0123456789abcdef0", subnetIds: ["subnet-0123456789abcdef0"] };
const listenerArn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/ours/1/2";
const tags = { team: "checkout" };
const declareFleet = (name: string, tier?: string) => declare("BlueGreenFleet", name, {
  service: name,
  vpcId: vpc.vpcId,
  listenerArn,
  loadBalancerSecurityGroupId: "sg-0123456789abcdef0",
  tier,
  colorToken: config.requireSecret("token"),
  tags,
}, ["targetGroupArns", "colorHeaders", "securityGroupId", "instanceProfileArn", "tier"]);
const declareBlue = (name: string, fleet: any) => declare("FleetColor", name, {
  fleet: {
    targetGroupArns: { blue: fleet.targetGroupArns.blue, green: fleet.targetGroupArns.green },
    securityGroupId: fleet.securityGroupId,
    instanceProfileArn: fleet.instanceProfileArn,
    tier: fleet.tier,
  },
  color: "blue",
  version: "1.4.0",
  userData: config.requireSecret("token").apply((token) => "#!/bin/sh\\n# " + token),
  subnetIds: vpc.subnetIds,
  minInstances: config.getNumber("minInstances"),
  diskGib: config.getNumber("diskGib"),
  tags,
}, ["autoScalingGroupName"]);
const web = declareFleet("shop-web", "web");
const blue = declareBlue("shop-web-blue", web);
declareBlue("shop-jobs-blue", declareFleet("shop-jobs"));
const gate = declare("Gate", "shop", vpc, ["functionName", "functionVersion", "timeoutSeconds"]);
const check = declare("GateCheck", "shop-live", {
  gate: { functionName: gate.functionName, functionVersion: gate.functionVersion, timeoutSeconds: gate.timeoutSeconds },
  color: "blue",
  version: "1.4.0",
  tiers: [{
    tier: "web",
    url: "https://shop.example.com",
    targetGroupArn: web.targetGroupArns.blue,
    headers: web.colorHeaders.blue,
    minHealthy: 2,
  }],
}, [], { dependsOn: blue });
declare("ProductionRule", "shop", {
  listenerArn,
  targetGroupArns: { blue: web.targetGroupArns.blue, green: web.targetGroupArns.green },
  weights: { blue: 100, green: 0 },
  hosts: ["shop.example.com"],
}, [], { dependsOn: check });
declare("BlueGreenService", "pay", {
  live: "blue",
  versions: { blue: "2.0.0", green: "2.1.0" },
  hosts: ["pay.example.com"],
  ...vpc,
  listenerArn,
  loadBalancerSecurityGroupId: "sg-0123456789abcdef0",
  url: "https://ours-1234567890.eu-central-1.elb.amazonaws.com",
  colorToken: config.requireSecret("token"),
  userData: "#!/bin/sh\\nstart-pay __COLOR__ __VERSION__\\n",
  canaryPercent: config.getNumber("canaryPercent"),
}, ["serial", "weights", "productionRuleArn"]);
declare("ArtifactStore", "shop", { artifacts: [{ key: "shop/1.4.0.js", file: "shop.js" }] }, ["bucketName"]);
export const headers = web.colorHeaders;
`;

/** Records the inputs with which each resource was created. */
class Ledger extends PaperCloud {
  readonly created: Record<string, Record<string, unknown>> = {};
  failingName?: string;

  override async create(urn: string, inputs: Record<string, unknown>) {
    if (this.failingName !== undefined && urn.endsWith(`::${this.failingName}`))
      throw new Error("1 of 2 is healthy");
    this.created[urn.split("$").at(-1) ?? urn] = comparable(inputs);
    return super.create(urn, inputs);
  }
}

/** Removes what may differ: paths of files, and the order of keys, which another process receives sorted. */
function comparable({ code, source, input, ...inputs }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...inputs,
    ...(code === undefined ? {} : { code: "there" }),
    ...(source === undefined ? {} : { source: "there" }),
    ...(input === undefined ? {} : { input: JSON.parse(String(input)) }),
  };
}

describe("package: called from another process by the Pulumi CLI (skipped without `pulumi` on the PATH)", function () {
  this.timeout(300_000);
  const consumer = newFolder();

  before(async function () {
    if (!(await isCliAvailable())) return this.skip();
    unpackInto(consumer, packComponents(join(consumer, "packed"), false));
  });
  after(() => rmSync(consumer, { recursive: true, force: true }));

  function openProgram(name: string, prelude: string) {
    const programDirectory = join(consumer, name);
    mkdirSync(programDirectory);
    writeFileSync(
      join(programDirectory, "index.ts"),
      `import * as pulumi from "@pulumi/pulumi";\n${prelude}${PROGRAM}`,
    );
    writeFileSync(join(programDirectory, "shop.js"), "");
    const packages = { changeover: join(consumer, "node_modules", "changeover") };
    writeFileSync(
      join(programDirectory, "Pulumi.yaml"),
      JSON.stringify({ name: "shop", runtime: "nodejs", main: "index.ts", packages }),
    );
    const cloud = new Ledger();
    const engine = new CliEngine({
      programDirectory,
      stack: "dev",
      provider: { aws: cloud, random: cloud },
      scratch: { directory: join(consumer, `${name}-state`), passphrase: "correct horse" },
    });
    return { cloud, engine };
  }

  const config = { "shop:token": TOKEN };

  it("declares what an import declares, keeps secrets, and changes nothing the second time", async () => {
    const imported = openProgram("imports", IMPORT);
    await imported.engine.up({ config });
    const { cloud, engine } = openProgram("calls", CALL);
    const first = await engine.up({ config });
    assert.deepEqual(cloud.created, imported.cloud.created);
    assert.ok(JSON.stringify(cloud.created).includes(TOKEN), "the token reaches the rule");
    assert.ok(!JSON.stringify(first).includes(TOKEN));
    const { steps } = await engine.up({ config });
    assert.deepEqual(
      steps.filter(({ op }) => op !== "same"),
      [],
    );
  });

  it("reports all validation errors of a component, without a stack trace", async () => {
    const { cloud, engine } = openProgram("invalid", CALL);
    const invalid = { "shop:minInstances": "0", "shop:diskGib": "4" };
    await assert.rejects(engine.preview({ config: { ...config, ...invalid } }), (error: Error) => {
      assert.match(
        error.message,
        /FleetColor "shop-web-blue": minInstances \(min_instances in Python\) must be an integer from 1 to 1000, got 0\.$/m,
      );
      assert.match(
        error.message,
        /^FleetColor "shop-web-blue": diskGib \(disk_gib in Python\) must be .*, got 4\.$/m,
      );
      assert.doesNotMatch(error.message, /^\s+at .*node_modules\/changeover/m);
      return true;
    });
    assert.deepEqual(cloud.changes, []);
  });

  it("does not change the production rule when the health gate failed", async () => {
    const { cloud, engine } = openProgram("closed", CALL);
    cloud.failingName = "shop-live";
    await assert.rejects(engine.up({ config }), /1 of 2 is healthy/);
    const rule = "create aws:lb/listenerRule:ListenerRule shop-production";
    assert.ok(cloud.changes.length > 0 && !cloud.changes.includes(rule));
    cloud.failingName = undefined;
    await engine.up({ config });
    assert.ok(cloud.changes.includes(rule));
  });
});
