import type { EngineEvent } from "../deploy/engine";
import { type RunningProgram, startProgram } from "./program-process";
import type { Project } from "./project";
import type { ResourceHandler } from "./registration";
import { ResourceMonitor } from "./resource-monitor";
import type { ProgramConfig } from "./stack-config";

export interface OpenOptions {
  readonly project: Project;
  readonly stack: string;
  readonly organization: string;
  readonly config: ProgramConfig;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
  readonly monitor: ResourceHandler;
  readonly onEvent: (event: EngineEvent) => void;
}

export interface OpenProgram extends Pick<RunningProgram, "ended" | "close"> {
  readonly session: ResourceMonitor;
}

/** Starts a project's program and lets the monitor answer what it asks. */
export function openProgram(options: OpenOptions): OpenProgram {
  const { project, stack, organization, config, preview, timeoutSeconds, monitor, onEvent } = options;
  const { name, workingDirectory, directory, main } = project;
  const session: ResourceMonitor = new ResourceMonitor({
    ...{ project: name, stack, workingDirectory, monitor },
    callProgram: (token, body) => program.call(token, body),
  });
  const program = startProgram({
    settings: {
      ...{ project: name, stack, organization, workingDirectory, main, preview },
      rootDirectory: directory,
      config: config.values,
      secretKeys: config.secretKeys,
    },
    timeoutSeconds,
    answer: (method, body) => session.answer(method, body),
    onEvent,
  });
  return { session, ended: program.ended, close: () => program.close() };
}
