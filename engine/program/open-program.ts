import type { EngineEvent } from "../deploy/engine";
import { type RunningProgram, startProgram } from "./program-process";
import type { Project } from "./project";
import type { Monitor } from "./registration";
import { Session } from "./resource-monitor";
import type { ProgramConfig } from "./stack-config";

export interface OpenOptions {
  readonly project: Project;
  readonly stack: string;
  readonly organization: string;
  readonly config: ProgramConfig;
  readonly preview: boolean;
  readonly timeoutSeconds: number;
  readonly monitor: Monitor;
  readonly onEvent: (event: EngineEvent) => void;
}

export interface OpenProgram extends Pick<RunningProgram, "ended" | "close"> {
  readonly session: Session;
}

/** Starts a project's program and lets the monitor answer what it asks. */
export function openProgram(options: OpenOptions): OpenProgram {
  const { project, stack, organization, config, preview, timeoutSeconds, monitor, onEvent } = options;
  const { name, workingDirectory, directory, main } = project;
  const session: Session = new Session({
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
