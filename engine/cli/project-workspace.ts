import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { EngineInputError } from "../program/program-error";
import { type Project, readYaml } from "../program/project";
import { type ConfigValue, fullKey, readStackFile, stackFile } from "../program/stack-config";
import { automation } from "./automation";
import { isCliAvailable } from "./available";
import type { PreparedStack, Workspace, WorkspaceRun } from "./workspace";

/**
 * The project's own folder, with the backend, the login and the secrets provider of the user's environment.
 *
 * Config for one run is written into a copy of the stack's file, so that the file of the project changes only through
 * `setConfig`.
 */
export class ProjectWorkspace implements Workspace {
  private stack: Promise<Stack> | undefined;
  private folder: string | undefined;
  private readonly fileStack: string;

  constructor(
    private readonly project: Project,
    private readonly stackName: string,
  ) {
    // The name may have an organization and a project: `acme/changeover/prod`.
    this.fileStack = stackName.split("/").at(-1) ?? stackName;
  }

  async prepare({ overrides = {}, ports }: WorkspaceRun): Promise<PreparedStack> {
    this.stack ??= this.open().catch((error: unknown) => {
      this.stack = undefined;
      throw error;
    });
    const stack = await this.stack;
    const attached = Object.entries(ports).map(([name, port]) => `${name}:${port}`);
    if (attached.length > 0) stack.workspace.envVars.PULUMI_DEBUG_PROVIDERS = attached.join(",");
    if (Object.keys(overrides).length === 0) return { stack };
    return { stack, configFile: this.writeCopy(overrides) };
  }

  async setConfig(key: string, value: ConfigValue): Promise<void> {
    if (typeof value !== "string") {
      throw new EngineInputError(`Config "${key}" must be a text, got ${JSON.stringify(value)}.`);
    }
    const before = readStackFile(this.project, this.fileStack)[fullKey(this.project, key)];
    if (String(before ?? "") === value) return;
    const { stack } = await this.prepare({ refresh: false, ports: {} });
    if (value === "") await stack.removeConfig(key);
    else await stack.setConfig(key, { value });
  }

  endRun(): void {
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  private async open(): Promise<Stack> {
    if (!(await isCliAvailable())) {
      throw new EngineInputError(
        "The Pulumi CLI must be on the PATH, got no working `pulumi`. Install it " +
          "(https://www.pulumi.com/docs/install/).",
      );
    }
    const { LocalWorkspace, Stack: AutomationStack } = automation();
    const envVars = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    const workspace = await LocalWorkspace.create({ workDir: this.project.directory, envVars });
    // A selection would change the target of the user's next `pulumi up`. Each command names the stack instead.
    workspace.selectStack = async () => undefined;
    return AutomationStack.select(this.stackName, workspace);
  }

  private writeCopy(overrides: Readonly<Record<string, ConfigValue>>): string {
    const file = stackFile(this.project, this.fileStack);
    const content = file === undefined ? {} : readYaml(file);
    const config = readStackFile(this.project, this.fileStack);
    for (const [key, value] of Object.entries(overrides)) {
      if (value === "") delete config[fullKey(this.project, key)];
      else config[fullKey(this.project, key)] = value;
    }
    this.folder ??= mkdtempSync(join(tmpdir(), "changeover-config-"));
    const copy = join(this.folder, basename(file ?? `Pulumi.${this.fileStack}.yaml`));
    writeFileSync(copy, stringify({ ...content, config }), { mode: 0o600 });
    return copy;
  }
}
