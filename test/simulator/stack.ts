import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CheckFailure, Provider } from "../../engine/deploy/provider";
import { createSimulator, type Simulator, type SimulatorOptions } from "../../simulator";

export type Outs = Record<string, unknown>;

export interface Resource {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Outs;
  readonly outs: Outs;
}

/** Runs `work` on a new simulator with a high time scale, and closes it afterwards. */
export async function withSimulator(
  work: (stack: TestSimulator) => Promise<void>,
  options: Partial<SimulatorOptions> = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "changeover-simulator-"));
  try {
    const simulator = await createSimulator({ directory, timeScale: 20, ...options });
    try {
      await work(new TestSimulator(simulator, directory));
    } finally {
      await simulator.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Calls the providers with inputs as the SDK would send them. */
export class TestSimulator {
  constructor(
    readonly simulator: Simulator,
    readonly directory: string,
  ) {}

  provider(type: string): Provider {
    const found = this.simulator.providers[type.split(":")[0] ?? ""];
    if (!found) throw new Error(`no provider for ${type}`);
    return found;
  }

  async checkFailures(type: string, inputs: Outs): Promise<CheckFailure[]> {
    const { failures = [] } = (await this.provider(type).check?.(urnOf(type, "it"), {}, inputs)) ?? {};
    return failures;
  }

  async create(type: string, name: string, inputs: Outs): Promise<Resource> {
    const urn = urnOf(type, name);
    const checked = await this.check(urn, type, {}, inputs);
    const { id, outs } = await this.provider(type).create(urn, checked);
    return { urn, id, inputs: checked, outs };
  }

  async invoke(token: string, args: Outs): Promise<Outs> {
    return (await this.provider(token).invoke?.(token, args))?.outputs ?? {};
  }

  functionLog(name: string): string {
    return readFileSync(join(this.directory, "logs", `lambda-${name}.log`), "utf8");
  }

  diff(resource: Resource, inputs: Outs) {
    const type = typeOf(resource);
    const news = { ...inputs };
    for (const key of ["name", "identifier", "bucket", "key"])
      if (!(key in news)) news[key] = resource.inputs[key];
    return this.provider(type).diff?.(
      resource.id,
      resource.urn,
      { ...resource.inputs, ...resource.outs },
      news,
    );
  }

  async update(resource: Resource, inputs: Outs): Promise<Resource> {
    const { id, urn } = resource;
    const provider = this.provider(typeOf(resource));
    const checked = await this.check(urn, typeOf(resource), resource.inputs, inputs);
    const result = await provider.update?.(id, urn, { ...resource.inputs, ...resource.outs }, checked);
    return { urn, id, inputs: checked, outs: result?.outs };
  }

  async read(resource: Resource): Promise<Outs | undefined> {
    const result = await this.provider(typeOf(resource)).read?.(resource.id, resource.urn, resource.outs);
    return result?.id === undefined ? undefined : result.props;
  }

  async delete(resource: Resource): Promise<void> {
    await this.provider(typeOf(resource)).delete?.(resource.id, resource.urn, resource.outs);
  }

  private async check(urn: string, type: string, olds: Outs, inputs: Outs): Promise<Outs> {
    const result = await this.provider(type).check?.(urn, olds, inputs);
    const failures = result?.failures ?? [];
    if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
    return result?.inputs ?? inputs;
  }
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:test::simulator::${type}::${name}`;
}

function typeOf({ urn }: Resource): string {
  return urn.split("::")[2] ?? "";
}

export async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 15_000) {
  const endsAt = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > endsAt) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(25);
  }
}

/** A VPC with two subnets in two zones. */
export async function createNetwork(stack: TestSimulator): Promise<{ vpcId: string; subnets: string[] }> {
  const vpc = await stack.create("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.0.0.0/16" });
  const subnets = [];
  for (const [index, zone] of ["a", "b"].entries()) {
    const inputs = {
      vpcId: vpc.id,
      cidrBlock: `10.0.${index}.0/24`,
      availabilityZone: `eu-central-1${zone}`,
    };
    subnets.push((await stack.create("aws:ec2/subnet:Subnet", `net-${zone}`, inputs)).id);
  }
  return { vpcId: vpc.id, subnets };
}

/** False for a zombie: a container without an init may never reap it. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const status = `/proc/${pid}/status`;
    return !(existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, "utf8")));
  } catch {
    return false;
  }
}

export function clientSettings({ endpoint }: Simulator) {
  return {
    endpoint,
    region: "eu-central-1",
    credentials: { accessKeyId: "x", secretAccessKey: "y" },
    maxAttempts: 1,
  };
}
