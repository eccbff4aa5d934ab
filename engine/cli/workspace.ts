import type { Stack } from "@pulumi/pulumi/automation";
import type { ConfigValue } from "../program/stack-config";

export interface WorkspaceRun {
  /** Config for this run only, by full key. An empty text removes a value. */
  readonly overrides?: Readonly<Record<string, ConfigValue>>;
  readonly refresh: boolean;
  /** Ports of the providers that this process serves, by package name. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface PreparedStack {
  readonly stack: Stack;
  /** Config file of this run. @default the stack's own file */
  readonly configFile?: string;
}

export interface Workspace {
  prepare(run: WorkspaceRun): Promise<PreparedStack>;
  setConfig(key: string, value: ConfigValue): Promise<void>;
  /** Removes files that `prepare` wrote for one run. */
  endRun(): void;
}
