import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ObjectStore } from "../object-store";
import { type StartCheck, startCheck } from "./start-checks";
import { readEnvironmentFile, readUnitFile, type ServiceUnit, words } from "./unit-file";
import type { CloudConfig } from "./user-data";

/** A service that the user data enables: its unit, command line and environment. */
export interface BootedService {
  readonly unit: ServiceUnit;
  readonly args: readonly string[];
  readonly check: StartCheck;
  readonly environment: Readonly<Record<string, string>>;
}

export interface BootContext {
  /** The folder that represents the instance's root directory. */
  readonly root: string;
  readonly objects: ObjectStore;
  /** Content that instances can download, by URL: the certificate authorities of RDS. */
  readonly web: ReadonlyMap<string, string>;
}

/** Applies a cloud-config to the instance's folder and returns the services that it enables. */
export function boot(config: CloudConfig, context: BootContext): BootedService[] {
  for (const file of config.write_files) {
    const encoding = file.encoding === "b64" || file.encoding === "base64" ? "base64" : "utf8";
    put(context.root, file.path, Buffer.from(file.content, encoding), file.permissions);
  }
  return config.runcmd.flatMap((command) => run(command, context));
}

function inside(root: string, path: string): string {
  if (!path.startsWith("/")) throw new Error(`User data: a path must be absolute, got "${path}".`);
  return join(root, path);
}

function put(root: string, path: string, content: Buffer, permissions = "0644"): void {
  const place = inside(root, path);
  mkdirSync(dirname(place), { recursive: true });
  // The simulator's user must be able to read and replace the file.
  writeFileSync(place, content, { mode: Number.parseInt(permissions, 8) | 0o600 });
}

function run(command: string | readonly string[], context: BootContext): BootedService[] {
  if (typeof command === "string" && /[|&;<>$`*?()]/.test(command)) {
    throw new Error(`User data runs "${command}": shell syntax is not supported by the simulator.`);
  }
  const [program = "", ...args] = typeof command === "string" ? words(command) : command;
  const line = [program, ...args].join(" ");
  const plain = args.filter((arg) => !arg.startsWith("-"));
  switch (program.replace(/^\/usr\/(local\/)?s?bin\//, "")) {
    case "mkdir":
      for (const path of plain) mkdirSync(inside(context.root, path), { recursive: true });
      return [];
    case "chown":
    case "chmod":
    case "useradd":
    case "dnf":
      return []; // No effect: all services run as the user of the simulator, with the software of this machine.
    case "aws":
      copyFromStore(args, line, context);
      return [];
    case "curl":
      fetchFile(args, line, context);
      return [];
    case "systemctl":
      return startUnit(args, line, context);
    default:
      throw new Error(
        `User data runs "${line}": not supported by the simulator. Use mkdir, chown, chmod, useradd, dnf, ` +
          "aws s3 cp, curl -o or systemctl enable --now.",
      );
  }
}

function copyFromStore(args: readonly string[], line: string, { root, objects }: BootContext): void {
  const [service, verb, from = "", to = ""] = args;
  const source = /^s3:\/\/([^/]+)\/(.+)$/.exec(from);
  if (service !== "s3" || verb !== "cp" || !source || !to.startsWith("/")) {
    throw new Error(`User data runs "${line}": the simulator supports only aws s3 cp s3://bucket/key /path.`);
  }
  const place = inside(root, to);
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(objects.get(source[1] ?? "", source[2] ?? "").file, place);
}

function fetchFile(args: readonly string[], line: string, { root, web }: BootContext): void {
  const to = args[args.indexOf("-o") + 1];
  const url = args.find((arg) => /^https?:/.test(arg)) ?? "";
  const content = web.get(url);
  if (!args.includes("-o") || to === undefined)
    throw new Error(`User data runs "${line}": the simulator supports curl only with -o.`);
  if (content === undefined) {
    throw new Error(`User data runs "${line}": the simulator serves only ${[...web.keys()].join(", ")}.`);
  }
  put(root, to, Buffer.from(content));
}

function startUnit(args: readonly string[], line: string, { root }: BootContext): BootedService[] {
  if (args[0] === "daemon-reload") return [];
  const name = args.at(-1) ?? "";
  if (args[0] !== "enable" || !args.includes("--now") || !name.endsWith(".service")) {
    throw new Error(
      `User data runs "${line}": the simulator supports only daemon-reload and enable --now <unit>.service.`,
    );
  }
  const file = inside(root, `/etc/systemd/system/${name}`);
  if (!existsSync(file))
    throw new Error(`User data runs "${line}": /etc/systemd/system/${name} does not exist. Write it first.`);
  const unit = readUnitFile(name, readFileSync(file, "utf8"));
  const [program = "", ...rest] = unit.execStart;
  if (!/^\/usr\/(local\/)?bin\/node$/.test(program)) {
    throw new Error(`${name}: ExecStart must be /usr/bin/node in the simulator, got ${program}.`);
  }
  const toInstancePath = (text: string) =>
    text.startsWith("/") && existsSync(join(root, text)) ? join(root, text) : text;
  const files = unit.environmentFiles.map((path) => readEnvironmentFile(readOptional(root, path, name)));
  const environment = Object.entries(Object.assign({}, unit.environment, ...files) as Record<string, string>);
  return [
    {
      unit,
      check: startCheck(name, unit, root),
      args: rest.map(toInstancePath),
      environment: Object.fromEntries(environment.map(([key, value]) => [key, toInstancePath(value)])),
    },
  ];
}

/** Reads an EnvironmentFile. A leading `-` means that the file may be missing, as in systemd. */
function readOptional(root: string, path: string, unit: string): string {
  const place = inside(root, path.replace(/^-/, ""));
  if (existsSync(place)) return readFileSync(place, "utf8");
  if (path.startsWith("-")) return "";
  throw new Error(`${unit}: EnvironmentFile ${path} does not exist. Write it in the user data.`);
}
