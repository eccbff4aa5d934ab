import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { awsId } from "../account";
import { BoundedLog } from "../process/bounded-log";
import type { ProcessGuard } from "../process/process-guard";
import { type BootContext, boot } from "./boot";
import type { Ports } from "./ports";
import { ServiceProcess } from "./service-process";
import { readUserData } from "./user-data";

/** Shared needs of all instances. */
export interface InstanceHost {
  readonly directory: string;
  readonly region: string;
  readonly ports: Ports;
  readonly guard: ProcessGuard;
  readonly boot: Omit<BootContext, "root">;
  /** Variables that a real instance would not need: the endpoint of AWS and credentials for it. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface InstanceTemplate {
  readonly id: string;
  readonly version: number;
  readonly userData: string;
}

/** Lifecycle states of EC2. */
export type InstanceState = "running" | "shutting-down" | "terminated";

/** One EC2 instance: a folder as its disk, a port as its network, and its service processes. */
export class Instance {
  readonly host = "127.0.0.1";
  readonly launchedAt = Date.now();
  private currentState: InstanceState = "running";
  private services: ServiceProcess[] = [];
  private ended: Promise<void> | undefined;

  private constructor(
    readonly id: string,
    readonly port: number,
    readonly template: InstanceTemplate,
    private readonly root: string,
    private readonly log: BoundedLog,
    private readonly instanceHost: InstanceHost,
  ) {}

  /**
   * Boots an instance from its template's user data.
   *
   * @throws Error when the user data needs a feature that the simulator does not support; nothing is left then.
   */
  static async launch(template: InstanceTemplate, instanceHost: InstanceHost): Promise<Instance> {
    const id = awsId("i");
    const root = join(instanceHost.directory, "instances", id);
    const port = await instanceHost.ports.take();
    const log = new BoundedLog(join(instanceHost.directory, "logs", `${id}.log`));
    const instance = new Instance(id, port, template, root, log, instanceHost);
    try {
      mkdirSync(root, { recursive: true });
      instance.boot();
      return instance;
    } catch (error) {
      await instance.kill();
      throw error;
    }
  }

  private boot(): void {
    const facts = { instanceId: this.id, localIpv4: this.host, region: this.instanceHost.region };
    const config = readUserData(this.template.userData, facts);
    const base = { PATH: process.env.PATH, HOME: this.root, TMPDIR: process.env.TMPDIR };
    for (const service of boot(config, { ...this.instanceHost.boot, root: this.root })) {
      const own = { HOST: this.host, PORT: String(this.port), ...this.instanceHost.environment };
      const command = {
        args: service.args,
        env: { ...base, ...service.environment, ...own },
        cwd: this.root,
      };
      this.services.push(new ServiceProcess(service.unit, command, this.log, this.instanceHost.guard));
    }
  }

  get state(): InstanceState {
    return this.currentState;
  }

  get logFile(): string {
    return this.log.path;
  }

  /** Process id of its first service; undefined while that does not run. */
  get pid(): number | undefined {
    return this.services[0]?.pid;
  }

  /** Signals its processes. After SIGKILL, systemd starts the services again as their units define. */
  signal(signal: NodeJS.Signals): void {
    for (const service of this.services) service.signal(signal);
  }

  /**
   * Shuts the instance down in order, as a termination does. Each unit has its own stop limit, unless one is given.
   */
  terminate(limitSeconds?: number): Promise<void> {
    return this.end((service) => service.stop(limitSeconds));
  }

  /** Ends the instance and all its processes at once. */
  kill(): Promise<void> {
    return this.end((service) => service.kill());
  }

  private async end(endService: (service: ServiceProcess) => Promise<void>): Promise<void> {
    if (this.currentState !== "terminated") this.currentState = "shutting-down";
    const services = Promise.all(this.services.map(endService));
    this.ended ??= services.then(async () => {
      this.currentState = "terminated";
      this.log.close();
      this.instanceHost.ports.give(this.port);
      await rm(this.root, { recursive: true, force: true });
    });
    await services;
    await this.ended;
  }
}
