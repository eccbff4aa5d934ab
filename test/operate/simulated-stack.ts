import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TrafficShares } from "../../operate/colors";
import type { ReleaseControl } from "../../traffic/control";
import { readProductionRule, setWeights, writeRecord } from "../../traffic/production-rule";
import { CHANGEOVER, ROOT } from "../cli/changeover";
import { createFleet, createSite, groupInputs, healthCheck, types } from "../simulator/site";
import { clientSettings, type TestSimulator } from "../simulator/stack";

export const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";
const STICKY_SECONDS = 60;

/** The outputs of a stack, with blue and green behind one rule. Both tiers are the same instances. */
export interface SimulatedStack {
  readonly control: ReleaseControl;
  readonly client: ElasticLoadBalancingV2Client;
  readonly url: string;
  outputsFile(changes?: Readonly<Record<string, unknown>>): string;
  shift(shares: TrafficShares, serial?: number): Promise<void>;
  shares(): Promise<TrafficShares>;
  tags(): Promise<Readonly<Record<string, string>>>;
  run(args: readonly string[], env?: Record<string, string>): Promise<CommandResult>;
}

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Creates the stack: blue has two instances, green none until `startGreen`. */
export async function createSimulatedStack(stack: TestSimulator) {
  const site = await createSite(stack);
  const blueArn = site.targetGroup.id;
  const greenArn = (
    await stack.create(types.targetGroup, "green", {
      port: 8080,
      protocol: "HTTP",
      vpcId: site.vpcId,
      deregistrationDelay: 30,
      healthCheck,
    })
  ).id;
  // As in the product, each color has a test rule: a target group in no rule has no health checks.
  for (const [index, [color, targetGroupArn]] of Object.entries({
    blue: blueArn,
    green: greenArn,
  }).entries()) {
    await stack.create(types.rule, `test-${color}`, {
      listenerArn: site.listener.id,
      priority: index + 1,
      conditions: [{ httpHeader: { httpHeaderName: "x-changeover-color", values: [color] } }],
      actions: [{ type: "forward", targetGroupArn }],
    });
  }
  const { template, group } = await createFleet(stack, site, { version: "1.0.0" });
  const client = new ElasticLoadBalancingV2Client(clientSettings(stack.simulator));
  const colors = (alarms: Readonly<Record<"blue" | "green", string[]>>) => ({
    url: site.url,
    minInstances: 2,
    maxInstances: 4,
    blue: {
      targetGroupArn: blueArn,
      autoScalingGroupName: String(group.outs.name ?? group.id),
      alarms: alarms.blue,
    },
    green: { targetGroupArn: greenArn, alarms: alarms.green },
  });
  const control: ReleaseControl = {
    name: "shop",
    region: "eu-central-1",
    productionRuleArn: site.rule.id,
    listenerArn: site.listener.id,
    stickySeconds: STICKY_SECONDS,
    topicArn: TOPIC,
    rollbackWindowMinutes: 1440,
    bakeMinutes: 0,
    tiers: {
      web: colors({ blue: ["blue-errors"], green: ["green-errors"] }),
      app: colors({ blue: [], green: [] }),
    },
    alarms: ["release"],
    migrations: { pending: ["0003_next.contract.sql"] },
  };
  for (const alarm of ["blue-errors", "green-errors", "release"]) stack.simulator.setAlarmState(alarm, "OK");
  const sharesOf = (weights: Readonly<Record<string, number>>): TrafficShares => ({
    blue: weights[blueArn] ?? 0,
    green: weights[greenArn] ?? 0,
  });
  const simulated: SimulatedStack = {
    control,
    client,
    url: site.url,
    outputsFile: (changes = {}) => {
      const file = join(stack.directory, "outputs.json");
      writeFileSync(file, JSON.stringify({ control, release: RELEASE, rollback: ROLLBACK, ...changes }));
      return file;
    },
    shift: async ({ blue, green }, serial = 3) => {
      await setWeights(client, site.rule.id, { [blueArn]: blue, [greenArn]: green }, STICKY_SECONDS);
      await writeRecord(client, site.rule.id, { serial, kind: "shift" });
    },
    shares: async () => sharesOf((await readProductionRule(client, site.rule.id)).weights),
    tags: async () => (await readProductionRule(client, site.rule.id)).tags,
    run: (args, env) => finished(spawnCommand(args, { AWS_ENDPOINT_URL: stack.simulator.endpoint, ...env })),
  };
  const startGreen = async () => {
    const inputs = groupInputs(site, template, { targetGroupArns: [greenArn] });
    await stack.create(types.group, "green", inputs);
  };
  return { ...simulated, startGreen };
}

/** The last update: green has all traffic since shift 3. */
export const RELEASE = {
  live: "green",
  versions: { blue: "1.0.0", green: "1.1.0" },
  weights: { blue: 0, green: 100 },
  serial: 3,
  kind: "shift",
  settings: { idle: "warm" },
  history: [{ serial: 3, kind: "shift", weights: { blue: 0, green: 100 }, actor: "anna" }],
};

export const ROLLBACK = { open: true, color: "blue", reason: "blue runs 1.0.0 and is warm" };

export function spawnCommand(
  args: readonly string[],
  env: Record<string, string> = {},
  // A group of its own lets a test kill the command with all its children.
  { timeout = 60_000, detached = false } = {},
): ChildProcess {
  return spawn(process.execPath, [CHANGEOVER, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "y",
      CHANGEOVER_ACTOR: "tester",
      ...env,
    },
    timeout,
    detached,
  });
}

export async function finished(child: ChildProcess): Promise<CommandResult> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (data) => {
    stdout += String(data);
  });
  child.stderr?.on("data", (data) => {
    stderr += String(data);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { status, stdout, stderr };
}
