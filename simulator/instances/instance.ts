import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { awsId } from "../account";
import { BoundedLog } from "../process/bounded-log";
import type { ProcessGuard } from "../process/process-guard";
import { boot } from "./boot";
import type { BootContext } from "./boot-context";
import type { Ports } from "./ports";
import { type ServiceExit, ServiceProcess } from "./service-process";
import { readUserData } from "./user-data";

/** Dependencies and settings that all instances share. */
export interface InstanceHost {
  readonly directory: string;
  readonly region: string;
  readonly ports: Ports;
  readonly guard: ProcessGuard;
  /** Time between the launch of an instance and the start of its services. */
  readonly bootMs: number;
  readonly boot: Omit<BootContext, "root">;
  /**
   * Environment variables that a real instance does not need: the endpoint of the simulated AWS API and credentials
   * for it.
   */
  readonly environment: Readonly<Record<string, string>>;
}

export interface InstanceTemplate {
  readonly id: string;
  readonly version: number;
  readonly userData: string;
  /** Undefined if the launch template names no image. */
  readonly imageId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** Lifecycle states of EC2. */
export type InstanceState = "running" | "shutting-down" | "terminated";

/** One EC2 instance: a folder instead of a disk, a port instead of a network interface, and the service processes. */
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
   * Boots an instance from the user data of its launch template.
   *
   * @throws Error if the user data needs a feature that the simulator does not support. Everything created until then
   * is removed.
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
    const plan = readUserData(this.template.userData, facts);
    const base = { PATH: process.env.PATH, HOME: this.root, TMPDIR: process.env.TMPDIR };
    for (const service of boot(plan, { ...this.instanceHost.boot, root: this.root })) {
      const { environment, guard, bootMs } = this.instanceHost;
      const own = {
        HOST: this.host,
        PORT: String(this.port),
        ...environment,
        // The API recognizes the instance by its access key.
        AWS_ACCESS_KEY_ID: this.id,
        CHANGEOVER_INSTANCE_TAGS: JSON.stringify(this.template.tags),
      };
      const command = {
        program: service.program,
        args: service.args,
        check: service.check,
        env: { ...base, ...service.environment, ...own },
        cwd: service.workingDirectory,
      };
      this.services.push(new ServiceProcess(service.unit, command, this.log, guard, bootMs));
    }
  }

  get state(): InstanceState {
    return this.currentState;
  }

  get logFile(): string {
    return this.log.path;
  }

  /** Process id of the first service; undefined while that service is not running. */
  get pid(): number | undefined {
    return this.services[0]?.pid;
  }

  /** The last end of the first service; undefined while its first process runs. */
  get exit(): ServiceExit | undefined {
    return this.services[0]?.exit;
  }

  /** Sends a signal to the service processes. After SIGKILL, the services restart as their systemd units define. */
  signal(signal: NodeJS.Signals): void {
    for (const service of this.services) service.signal(signal);
  }

  /**
   * Stops the services cleanly, as the termination of an EC2 instance does. Each unit's own stop limit applies unless
   * `limitSeconds` is given.
   */
  terminate(limitSeconds?: number): Promise<void> {
    return this.end((service) => service.stop(limitSeconds));
  }

  /**
   * Kills all processes, as a failure of the host does. EC2 still reports the instance as running, so only the health
   * checks of the load balancer notice it.
   */
  async lose(): Promise<void> {
    await Promise.all(this.services.map((service) => service.kill()));
  }

  /** Kills all processes of the instance immediately. */
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
