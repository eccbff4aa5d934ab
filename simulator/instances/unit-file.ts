import { UnsupportedUserDataError } from "./unsupported";

/** The supported part of a systemd service unit. */
export interface ServiceUnit {
  readonly execStartPre: readonly (readonly string[])[];
  readonly execStart: readonly string[];
  /** @default the instance's root directory */
  readonly workingDirectory?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly environmentFiles: readonly string[];
  readonly restart: "no" | "always" | "on-failure";
  readonly restartSeconds: number;
  readonly killSignal: NodeJS.Signals;
  readonly stopSeconds: number;
}

/**
 * Directives that have no effect in the simulator. Most of them isolate a service, but all services run as one user.
 */
const IGNORED_DIRECTIVES =
  /^(Type|User|Group|DynamicUser|SyslogIdentifier|Standard(Output|Error)|Limit[A-Z]+|AmbientCapabilities|CapabilityBoundingSet|NoNewPrivileges|Protect[A-Za-z]+|Private[A-Za-z]+|Restrict[A-Za-z]+|SystemCall[A-Za-z]+|MemoryMax|TasksMax|OOMPolicy|TimeoutStartSec|StateDirectory|RuntimeDirectory|ReadWritePaths|ReadOnlyPaths|UMask|KillMode)$/;

/** Splits a line into words as systemd does: at spaces outside of quotes. */
export function words(line: string): string[] {
  const found = line.match(/"([^"]*)"|'([^']*)'|[^\s"']+/g) ?? [];
  return found.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

function seconds(name: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m)?$/.exec(text);
  if (!match)
    throw new UnsupportedUserDataError(
      `${name} must be a number, with ms, s or min if not in seconds, got ${text}.`,
    );
  const scale = { ms: 0.001, s: 1, sec: 1, m: 60, min: 60 }[match[2] ?? "s"] ?? 1;
  return Number(match[1]) * scale;
}

/** Parses `KEY=value` or `"KEY=some value"`. */
function assignment(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Parses the content of an EnvironmentFile. */
export function readEnvironmentFile(text: string): Record<string, string> {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#;]/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const [key, value] = assignment(line);
      return [key, value.replace(/^(["'])(.*)\1$/, "$2")];
    }),
  );
}

/**
 * Parses a unit file.
 *
 * @throws Error for a `[Service]` directive that the simulator does not support, because ignoring it could make the
 * result of a rehearsal wrong.
 */
export function readUnitFile(name: string, text: string): ServiceUnit {
  let section = "";
  const unit = {
    execStartPre: [] as string[][],
    execStart: [] as string[],
    workingDirectory: undefined as string | undefined,
    environment: {} as Record<string, string>,
    environmentFiles: [] as string[],
    restart: "no" as ServiceUnit["restart"],
    restartSeconds: 0.1,
    killSignal: "SIGTERM" as NodeJS.Signals,
    stopSeconds: 90,
  };
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "" || /^[#;]/.test(line)) continue;
    if (line.startsWith("[")) section = line;
    if (section !== "[Service]" || line.startsWith("[")) continue;
    const [key, value] = assignment(line);
    if (key === "ExecStart") unit.execStart = words(value);
    else if (key === "ExecStartPre") unit.execStartPre.push(words(value));
    else if (key === "Environment")
      Object.assign(unit.environment, Object.fromEntries(words(value).map(assignment)));
    else if (key === "WorkingDirectory") unit.workingDirectory = value;
    else if (key === "EnvironmentFile") unit.environmentFiles.push(value);
    else if (key === "Restart" && /^(no|always|on-failure)$/.test(value)) {
      unit.restart = value as ServiceUnit["restart"];
    } else if (key === "RestartSec") unit.restartSeconds = seconds(key, value);
    else if (key === "TimeoutStopSec") unit.stopSeconds = seconds(key, value);
    else if (key === "KillSignal" && /^SIG[A-Z0-9]+$/.test(value)) unit.killSignal = value as NodeJS.Signals;
    else if (!IGNORED_DIRECTIVES.test(key))
      throw new UnsupportedUserDataError(`${name}: "${line}" is not supported by the simulator.`);
  }
  if (unit.execStart.length === 0) throw new UnsupportedUserDataError(`${name} must have an ExecStart.`);
  return unit;
}
