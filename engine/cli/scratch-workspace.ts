import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { modulePath } from "../program/module-path";
import { EngineInputError } from "../program/program-error";
import { type Project, readYaml } from "../program/project";
import { type ConfigValue, loadStackConfig, type ProgramConfig } from "../program/stack-config";
import { automation } from "./automation";
import { isCliAvailable } from "./available";
import type { PreparedStack, Workspace, WorkspaceRun } from "./workspace";

export interface ScratchOptions {
  /** Folder of the state (the CLI's file backend) and of the CLI's own files. The first run creates it. */
  readonly directory: string;
  /** Encrypts the secrets in the state. All runs with the same state need the same passphrase. */
  readonly passphrase: string;
  /**
   * Environment variables of the CLI and the program besides those of this process.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
}

interface ScratchWorkspaceOptions extends ScratchOptions {
  readonly project: Project;
  readonly stack: string;
}

/**
 * A working folder of the CLI with a backend of its own, for rehearsals and tests. Its Pulumi.yaml refers to the program by absolute path, because the CLI writes config
 * files beside Pulumi.yaml and must not change the program's folder.
 */
export class ScratchWorkspace implements Workspace {
  private stack: Promise<Stack> | undefined;
  private readonly folder: string;
  private readonly config = new Map<string, ConfigValue>();

  constructor(private readonly options: ScratchWorkspaceOptions) {
    this.folder = join(options.directory, "workspace");
  }

  async prepare(run: WorkspaceRun): Promise<PreparedStack> {
    const { project, stack: name } = this.options;
    const overrides = { ...Object.fromEntries(this.config), ...run.overrides };
    const config = run.overrides && loadStackConfig(project, name, { overrides });
    this.writeProject(run.refresh);
    const stack = await this.open();
    const attached = Object.entries(run.ports).map(([name, port]) => `${name}:${port}`);
    stack.workspace.envVars = { ...this.environment(), PULUMI_DEBUG_PROVIDERS: attached.join(",") };
    if (config !== undefined) await this.writeConfig(config);
    return { stack };
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    this.config.set(key, value);
  }

  endRun(): void {}

  private open(): Promise<Stack> {
    this.stack ??= this.create().catch((error: unknown) => {
      this.stack = undefined;
      throw error;
    });
    return this.stack;
  }

  private async create(): Promise<Stack> {
    if (!(await isCliAvailable())) {
      throw new EngineInputError(
        "The Pulumi CLI must be on the PATH, got no working `pulumi`. Install it " +
          "(https://www.pulumi.com/docs/install/), or use the in-process engine.",
      );
    }
    mkdirSync(this.backend, { recursive: true });
    return automation().LocalWorkspace.createOrSelectStack(
      { stackName: this.options.stack, workDir: this.folder },
      {
        pulumiHome: join(this.options.directory, "home"),
        secretsProvider: "passphrase",
        envVars: this.environment(),
      },
    );
  }

  private writeProject(refresh: boolean): void {
    const { directory, workingDirectory, main } = this.options.project;
    const name = ["Pulumi.yaml", "Pulumi.yml"].find((each) => existsSync(join(directory, each)));
    const { options, stackConfigDir: _elsewhere, ...content } = readYaml(join(directory, name ?? ""));
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const project = {
      ...content,
      name: this.options.project.name,
      main: main === "." ? workingDirectory : join(workingDirectory, main),
      options: { ...(options as object | undefined), refresh: refresh ? "always" : undefined },
    };
    writeFileSync(join(this.folder, "Pulumi.yaml"), stringify(project));
  }

  /** Passes secrets on standard input, because other users can read arguments and files. */
  private async writeConfig({ values, secretKeys }: ProgramConfig): Promise<void> {
    const file = join(this.folder, `Pulumi.${this.options.stack}.yaml`);
    const { config: _last, ...settings } = existsSync(file) ? readYaml(file) : {};
    const open = Object.entries(values).filter(([key]) => !secretKeys.includes(key));
    const config = Object.fromEntries(open.map(([key, text]) => [key, this.structured(key, text)]));
    writeFileSync(file, stringify({ config, ...settings }), { mode: 0o600 });
    for (const key of secretKeys) await this.setSecret(key, values[key] ?? "");
  }

  /** Parses arrays and objects of the config, because the CLI checks their types in the YAML file. */
  private structured(key: string, text: string): unknown {
    const { name, config } = this.options.project;
    const type = config[key.startsWith(`${name}:`) ? key.slice(name.length + 1) : key]?.type;
    return type === "array" || type === "object" ? JSON.parse(text) : text;
  }

  private async setSecret(key: string, value: string): Promise<void> {
    const { stack, directory } = this.options;
    const args = ["config", "set", "--secret", "--raw", "--non-interactive", "--stack", stack, key];
    const env = { ...process.env, ...this.environment(), PULUMI_HOME: join(directory, "home") };
    const child = spawn("pulumi", args, { cwd: this.folder, env, stdio: ["pipe", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += String(data);
    });
    child.stdin.end(value);
    const [status] = await once(child, "close");
    if (status !== 0) throw new EngineInputError(`Config "${key}" cannot be encrypted: ${errors.trim()}`);
  }

  private get backend(): string {
    return join(this.options.directory, "backend");
  }

  private environment(): Record<string, string> {
    return {
      ...this.options.environment,
      NODE_PATH: modulePath(),
      PULUMI_BACKEND_URL: pathToFileURL(this.backend).href,
      PULUMI_CONFIG_PASSPHRASE: this.options.passphrase,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }
}
