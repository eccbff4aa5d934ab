import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BootContext } from "./boot-context";
import { NO_CONTAINERS } from "./service-program";
import type { ShellCommand } from "./shell-script";
import { UnsupportedUserDataError } from "./unsupported";

const TAR_LIMIT_MS = 60_000;

/** No effect: all services run as the user of the simulator, with the software of this machine. */
const WITHOUT_EFFECT =
  /^(chown|chgrp|useradd|adduser|groupadd|usermod|dnf|yum|rpm|hostnamectl|timedatectl|loginctl|sleep|sync)$/;
const INSTALLERS = /^(pip[\d.]*|pipx|uv|npm|npx|yarn|pnpm|gem|bundle|cargo|go|apt|apt-get|snap|wget|git)$/;
const CONTAINERS = /^(docker|podman|nerdctl|ctr|finch)$/;

type Run = (args: readonly string[], command: ShellCommand, context: BootContext) => void;

const COMMANDS: Readonly<Record<string, Run>> = {
  mkdir: (args, _, { root }) => {
    for (const path of plain(args)) mkdirSync(inside(root, path), { recursive: true });
  },
  chmod: (args, _, { root }) => {
    const [mode = "", ...paths] = args.filter((arg) => !/^-[a-zA-Z]$/.test(arg));
    for (const path of paths) changeMode(inside(root, path), mode);
  },
  touch: (args, _, { root }) => {
    for (const path of plain(args)) put(root, path, "", { append: true });
  },
  rm: (args, _, { root }) => {
    for (const path of plain(args)) rmSync(inside(root, path), { recursive: true, force: true });
  },
  cp: (args, _, { root }) => copy(root, plain(args), (from, to) => cpSync(from, to, { recursive: true })),
  mv: (args, _, { root }) => copy(root, plain(args), renameSync),
  ln: (args, _, { root }) =>
    copy(root, plain(args), (from, to) => {
      rmSync(to, { force: true });
      symlinkSync(from, to);
    }),
  cat: (_args, { input, output }, { root }) => output && put(root, output.path, input ?? "", output),
  tee: (args, { input }, { root }) => {
    for (const path of plain(args)) put(root, path, input ?? "", { append: args.includes("-a") });
  },
  echo: (args, { output }, { root }) => {
    const text = args[0] === "-n" ? args.slice(1).join(" ") : `${args.join(" ")}\n`;
    if (output) put(root, output.path, text, output);
  },
  printf: ([format = "", ...args], { output }, { root }) => {
    const texts = [...args];
    const text = format.replace(/%s/g, () => texts.shift() ?? "").replace(/\\n/g, "\n");
    if (output) put(root, output.path, text, output);
  },
  tar: (args, { words }, { root }) => {
    const to = args[args.indexOf("-C") + 1];
    const [archive, ...more] = plain(args).filter((path) => path !== to);
    const isExtraction = /^-?[vzJjf]*x[vzJjf]*$/.test(args[0] ?? "") && args.includes("-C");
    if (!isExtraction || archive === undefined || to === undefined || more.length > 0) {
      unsupported(words, "tar extracts one archive: tar -xzf /path/archive.tar.gz -C /folder");
    }
    execFileSync("tar", ["-xf", inside(root, archive), "-C", inside(root, to)], { timeout: TAR_LIMIT_MS });
  },
  aws: (args, { words }, { root, objects }) => {
    const [service, verb, from = "", to = ""] = args.filter((arg) => !arg.startsWith("--"));
    const source = /^s3:\/\/([^/]+)\/(.+)$/.exec(from);
    if (service !== "s3" || verb !== "cp" || !source || !to.startsWith("/")) {
      unsupported(words, "aws copies an object: aws s3 cp s3://bucket/key /path");
    }
    const place = target(root, to, source[2] ?? "");
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(objects.get(source[1] ?? "", source[2] ?? "").file, place);
  },
  curl: (args, { words }, { root, web }) => {
    const to = args[args.indexOf("-o") + 1];
    const url = args.find((arg) => /^https?:/.test(arg)) ?? "";
    const content = web.get(url);
    if (!args.includes("-o") || to === undefined) unsupported(words, "curl downloads a file with -o /path");
    if (content === undefined) unsupported(words, `instances reach only ${[...web.keys()].join(", ")}`);
    put(root, to, content, {});
  },
};

/**
 * Carries out a command of user data, except systemctl.
 *
 * @throws UnsupportedUserDataError for a command whose effect the simulator does not have
 */
export function runBootCommand(command: ShellCommand, context: BootContext): void {
  const [path = "", ...args] = command.words;
  const name = path.replace(/^\/(usr\/(local\/)?)?s?bin\//, "");
  const run = COMMANDS[name];
  if (run !== undefined) run(args, command, context);
  else if (CONTAINERS.test(name)) unsupported(command.words, NO_CONTAINERS);
  else if (INSTALLERS.test(name) || /^python[\d.]*$/.test(name)) {
    unsupported(command.words, "instances have no internet. Put the dependencies into the artifact");
  } else if (!WITHOUT_EFFECT.test(name)) {
    unsupported(
      command.words,
      `it carries out ${Object.keys(COMMANDS).join(", ")}, systemctl, useradd and dnf`,
    );
  }
}

/** Writes a file of the instance. */
export function put(
  root: string,
  path: string,
  content: string | Buffer,
  { append = false, permissions = "0644" }: { readonly append?: boolean; readonly permissions?: string },
): void {
  const place = inside(root, path);
  mkdirSync(dirname(place), { recursive: true });
  // The simulator's user must be able to read and replace the file.
  const mode = Number.parseInt(permissions, 8) | 0o600;
  if (append) appendFileSync(place, content, { mode });
  else writeFileSync(place, content, { mode });
}

export function inside(root: string, path: string): string {
  if (path.startsWith("/")) return join(root, path);
  throw new UnsupportedUserDataError(`User data: a path must be absolute, got ${JSON.stringify(path)}.`);
}

function plain(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith("-"));
}

/** The path of a copied file; a folder keeps the file's name. */
function target(root: string, to: string, name: string): string {
  const place = inside(root, to);
  const isFolder = to.endsWith("/") || (existsSync(place) && statSync(place).isDirectory());
  return isFolder ? join(place, basename(name)) : place;
}

function copy(root: string, paths: readonly string[], act: (from: string, to: string) => void): void {
  const [to = "", ...from] = [...paths].reverse();
  for (const path of from.reverse()) act(inside(root, path), target(root, to, path));
}

function changeMode(place: string, mode: string): void {
  if (!existsSync(place)) return;
  if (/^[0-7]{3,4}$/.test(mode)) chmodSync(place, Number.parseInt(mode, 8) | 0o600);
  else if (/\+[rw]*x/.test(mode)) chmodSync(place, statSync(place).mode | 0o111);
}

function unsupported(words: readonly string[], sentence: string): never {
  throw new UnsupportedUserDataError(
    `User data runs ${JSON.stringify(words.join(" "))}, which is not supported by the simulator: ${sentence}.`,
  );
}
