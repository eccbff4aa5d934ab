import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleLambda } from "../../../../build/bundle";
import type { BlueGreenServiceArgs, RequestConditionArgs } from "../../../../components";
import { CliEngine } from "../../../../engine/cli/cli-engine";
import type { Engine } from "../../../../engine/deploy/engine";
import { InProcessEngine } from "../../../../engine/deploy/in-process-engine";
import { createSimulator, type Simulator } from "../../../../simulator";
import { application, userData } from "../../../simulator/site";
import { changesOf } from "../../../support/stack";

export type Release = Partial<BlueGreenServiceArgs>;
/** A route of a service, and a request that it serves. */
export interface ServiceRoute extends RequestConditionArgs {
  readonly example: {
    readonly host?: string;
    readonly path?: string;
    readonly headers?: Record<string, string>;
  };
}
type Answer = Readonly<Record<"service" | "color" | "version", string>>;

interface StateEntry {
  readonly urn: string;
  readonly id?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A version whose name ends with `-broken` is healthy and serves, but reports no version. */
const CODE = application
  .replace("region:", "service: process.env.SERVICE, region:")
  .replace(
    '} else if (pathname === "/crash") {',
    '} else if (pathname === "/version" && process.env.VERSION.endsWith("-broken")) {\n    response.writeHead(500).end("no database");\n  } else if (pathname === "/crash") {',
  );

/** The program of `fixtures/services`, in a simulator of its own. */
export class ServicesSite {
  readonly releases: Record<string, Release>;

  private constructor(
    readonly simulator: Simulator,
    readonly engine: Engine,
    private readonly folder: string,
    private readonly routes: Readonly<Record<string, ServiceRoute>>,
    private readonly plain: readonly string[],
  ) {
    const first = { live: "blue", versions: { blue: "1.0.0" } } as const;
    this.releases = Object.fromEntries(Object.keys(routes).map((name) => [name, first]));
  }

  static async open(
    routes: Readonly<Record<string, ServiceRoute>>,
    { plain = [], isCli = false }: { readonly plain?: readonly string[]; readonly isCli?: boolean } = {},
  ): Promise<ServicesSite> {
    for (const name of ["gate", "watch"]) bundleLambda(name);
    const folder = mkdtempSync(join(tmpdir(), "changeover-services-"));
    writeFileSync(join(folder, "web.js"), CODE);
    const simulator = await createSimulator({ directory: join(folder, "cloud"), timeScale: 20 });
    const options = {
      programDirectory: join(__dirname, "..", "fixtures", "services"),
      stack: "test",
      provider: simulator.providers,
    };
    const scratch = { directory: join(folder, "cli"), passphrase: "correct horse" };
    const engine = isCli ? new CliEngine({ ...options, scratch }) : new InProcessEngine(options);
    return new ServicesSite(simulator, engine, folder, routes, plain);
  }

  async close(): Promise<void> {
    await this.simulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get config() {
    const environment = { SERVICE: "__SERVICE__", COLOR: "__COLOR__", VERSION: "__VERSION__" };
    const routes = Object.entries(this.routes).map(([name, { example: _, ...route }]) => [name, route]);
    return {
      "services:routes": JSON.stringify(Object.fromEntries(routes)),
      "services:releases": JSON.stringify(this.releases),
      "services:plain": JSON.stringify(this.plain),
      "services:code": join(this.folder, "web.js"),
      "services:userData": Buffer.from(userData(environment), "base64").toString(),
    };
  }

  /** Changes releases and updates the stack. */
  async up(changes: Record<string, Release> = {}): Promise<string[]> {
    Object.assign(this.releases, changes);
    return changesOf(await this.engine.up({ config: this.config }));
  }

  async destroy(): Promise<string[]> {
    return changesOf(await this.engine.destroy({ config: this.config }));
  }

  async ask(service: string, headers: Record<string, string> = {}): Promise<Answer> {
    const { url } = (await this.engine.outputs()) as { url: string };
    return this.askAt(url, service, headers);
  }

  private askAt(url: string, service: string, added: Record<string, string> = {}): Promise<Answer> {
    const { host, path = "/", headers = {} } = this.routes[service]?.example ?? {};
    const options = {
      headers: { ...(host === undefined ? {} : { host }), ...headers, ...added },
      agent: false as const,
    };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, url), options, (response) => {
        let body = "";
        response.on("data", (text: string) => {
          body += text;
        });
        response.on("end", () =>
          response.statusCode === 200
            ? resolve(JSON.parse(body))
            : reject(new Error(`${service}: ${response.statusCode}`)),
        );
      });
      sent.on("error", reject).end();
    });
  }

  /** The colors and versions that answer for a service, such as `blue 1.0.0`. */
  async versionsOf(service: string): Promise<string[]> {
    const { url } = (await this.engine.outputs()) as { url: string };
    const answers = await Promise.all(Array.from({ length: 60 }, () => this.askAt(url, service)));
    for (const answer of answers) assert.equal(answer.service, service);
    return [...new Set(answers.map(({ color, version }) => `${color} ${version}`))].sort();
  }

  async state(): Promise<readonly StateEntry[]> {
    type Deployment = { readonly resources?: readonly StateEntry[] };
    const state = (await this.engine.exportState()) as Deployment & { readonly deployment?: Deployment };
    return (state.deployment ?? state).resources ?? [];
  }

  async idOf(ending: string): Promise<string> {
    return (await this.state()).find(({ urn }) => urn.endsWith(ending))?.id ?? "";
  }

  /** The mode of the last check, such as `forward` or `rollback`. */
  async gateMode(name: string): Promise<string> {
    const check = (await this.state()).find(({ urn }) => urn.endsWith(`Invocation::${name}`));
    return (JSON.parse(String(check?.outputs?.result)) as { mode: string }).mode;
  }
}
