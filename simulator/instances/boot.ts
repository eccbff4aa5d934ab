import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inside, put, runBootCommand } from "./boot-commands";
import type { BootContext } from "./boot-context";
import { findProgram } from "./service-program";
import { type StartCheck, startCheck } from "./start-checks";
import { readEnvironmentFile, readUnitFile, type ServiceUnit } from "./unit-file";
import { UnsupportedUserDataError } from "./unsupported";
import type { BootPlan } from "./user-data";

/** A service that the user data starts: its unit, command line and environment. */
export interface BootedService {
  readonly unit: ServiceUnit;
  readonly program: string;
  readonly args: readonly string[];
  readonly check: StartCheck;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/**
 * Applies user data to the instance's folder and returns the services that it starts.
 *
 * @throws UnsupportedUserDataError if it needs a feature that the simulator does not support
 */
export function boot({ files, commands }: BootPlan, context: BootContext): BootedService[] {
  const { root } = context;
  for (const { path, content, encoding, permissions } of files) {
    const isBase64 = encoding === "b64" || encoding === "base64";
    put(root, path, Buffer.from(content, isBase64 ? "base64" : "utf8"), { permissions });
  }
  return commands.flatMap((command) => {
    const [program = "", ...args] = command.words;
    if (/(^|\/)systemctl$/.test(program)) return unitsToStart(args).map((unit) => startUnit(unit, root));
    runBootCommand(command, context);
    return [];
  });
}

/** The units that a systemctl command starts. */
function unitsToStart(args: readonly string[]): string[] {
  const [verb, ...units] = args.filter((arg) => !arg.startsWith("-"));
  const starts = verb === "start" || verb === "restart" || (verb === "enable" && args.includes("--now"));
  if (starts) return units.map((unit) => (unit.endsWith(".service") ? unit : `${unit}.service`));
  if (verb === "daemon-reload" || verb === "enable") return [];
  throw new UnsupportedUserDataError(
    `User data runs "systemctl ${args.join(" ")}": the simulator supports daemon-reload, enable, enable --now, start and ` +
      "restart of units that the user data writes.",
  );
}

function startUnit(name: string, root: string): BootedService {
  const file = join(root, "etc/systemd/system", name);
  if (!existsSync(file)) {
    throw new UnsupportedUserDataError(
      `User data starts ${name}, and /etc/systemd/system/${name} does not exist. Write it first.`,
    );
  }
  const unit = readUnitFile(name, readFileSync(file, "utf8"));
  const program = findProgram(name, unit.execStart, root);
  const toInstance = (text: string) => instancePaths(text, root);
  const files = unit.environmentFiles.map((path) => readEnvironmentFile(readOptional(root, path, name)));
  const environment = Object.entries(Object.assign({}, unit.environment, ...files) as Record<string, string>);
  return {
    unit,
    check: startCheck(name, unit, root),
    program: program.file,
    args: program.args.map((arg) => toInstance(withVariables(arg, Object.fromEntries(environment)))),
    environment: Object.fromEntries(environment.map(([key, value]) => [key, toInstance(value)])),
    workingDirectory: workingDirectory(name, unit, root),
  };
}

/** Replaces `${NAME}` and `$NAME` as systemd does in ExecStart. */
function withVariables(arg: string, environment: Readonly<Record<string, string>>): string {
  return arg.replace(
    /\$\{(\w+)\}|\$(\w+)/g,
    (_, braced?: string, bare?: string) => environment[braced ?? bare ?? ""] ?? "",
  );
}

/** Replaces absolute paths of files that the user data installed by their places on this machine. */
function instancePaths(text: string, root: string): string {
  return text.replace(/(^|[\s=:'",])(\/[\w./@+-]*\w)/g, (whole, before: string, path: string) =>
    existsSync(join(root, path)) ? before + join(root, path) : whole,
  );
}

function workingDirectory(name: string, { workingDirectory: path }: ServiceUnit, root: string): string {
  if (path === undefined) return root;
  const place = inside(root, path.replace(/^-/, ""));
  if (existsSync(place)) return place;
  if (path.startsWith("-")) return root;
  throw new UnsupportedUserDataError(
    `${name}: WorkingDirectory ${path} does not exist. Create it in the user data.`,
  );
}

/** Reads an EnvironmentFile. A leading `-` means that the file may be missing, as in systemd. */
function readOptional(root: string, path: string, unit: string): string {
  const place = inside(root, path.replace(/^-/, ""));
  if (existsSync(place)) return readFileSync(place, "utf8");
  if (path.startsWith("-")) return "";
  throw new UnsupportedUserDataError(
    `${unit}: EnvironmentFile ${path} does not exist. Write it in the user data.`,
  );
}
