import { type ProgramEvent, type RunningProgram, startProgram } from "./program-process";
import type { Project } from "./project";
import type { ResourceHandler } from "./registration";
import { ResourceMonitor } from "./resource-monitor";
import type { ProgramConfig } from "./stack-config";

export interface OpenOptions {
  readonly project: Project;
  readonly stack: string;
  readonly organization: string;
  readonly config: ProgramConfig;
  /**
   * Environment variables of the program besides those of this process.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Scheduling priority of the program's process, from -20 (highest) to 19 (lowest).
   *
   * @default the priority of this process
   */
  readonly priority?: number | undefined;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
  readonly handler: ResourceHandler;
  readonly onEvent: (event: ProgramEvent) => void;
}

export function openProgram(options: OpenOptions): Pick<RunningProgram, "ended" | "close"> {
  const { project, stack, organization, config, preview, timeoutSeconds, priority, handler, onEvent } =
    options;
  const { name, workingDirectory, directory, main } = project;
  const monitor: ResourceMonitor = new ResourceMonitor({
    ...{ project: name, stack, workingDirectory, handler },
    callProgram: (token, body) => program.call(token, body),
  });
  const program = startProgram({
    settings: {
      ...{ project: name, stack, organization, workingDirectory, main, preview },
      rootDirectory: directory,
      config: config.values,
      secretKeys: config.secretKeys,
    },
    environment: options.environment ?? {},
    timeoutSeconds,
    priority,
    handle: (method, content) => monitor.handle(method, content),
    onEvent,
  });
  return program;
}
