import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { PROGRAM_DIRECTORY } from "./application";
import { defineCommand, formatJson, type ParsedArguments } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader, quote } from "./option-reader";
import { InputError } from "./usage-error";

interface InitInput {
  readonly folder: string;
  readonly name: string;
  readonly json: boolean;
}

/** The application that the command copies. It is a program of its own, which the tests rehearse. */
const SKELETON = join(PROGRAM_DIRECTORY, "skeleton");
const SKELETON_NAME = "my-app";
const NAME = /^[a-z][a-z0-9-]{0,29}$/;
/** Imports of the skeleton that lead out of its folder. */
const CHECKOUT_IMPORT = /"(?:\.\.\/)+(program\.js|contract|build\/bundle)"/g;

export const init = defineCommand<InitInput>({
  name: "init",
  summary: "write an application that can be rehearsed at once",
  description:
    "Writes a small application into a folder: two tiers, a table, a load and the settings of a trial stack. Rehearse it, then " +
    "replace its parts by yours. In a copy of this repository, the folder app/ of the copy receives the application alone.\n\n" +
    "No file is overwritten.",
  examples: [
    ["changeover init ../shop", "a program of its own, which uses this checkout"],
    ["changeover init app", "the application of this checkout, after its folder app/ was deleted"],
  ],
  exitCodes: EXIT_CODES.common,
  configure: (command) =>
    command
      .argument("<folder>", "folder to write, new or without the files that are written")
      .option("--name <name>", "name of the application (default: that of the folder)"),
  read: readInitOptions,
  run: async ({ folder, name, json }, { write }) => {
    const isOwnApp = resolve(folder) === join(PROGRAM_DIRECTORY, "app");
    const from = isOwnApp ? join(SKELETON, "app") : SKELETON;
    const files = filesOf(from).map((file) => ({ source: join(from, file), target: join(folder, file) }));
    const present = files.filter(({ target }) => existsSync(target)).map(({ target }) => target);
    if (present.length > 0) {
      throw new InputError(
        `${folder} must not have files that are written, got ${present.join(", ")}. Name another folder, or move them.`,
      );
    }
    mkdirSync(folder, { recursive: true });
    // Links in the path would make the relative imports wrong.
    const place = realpathSync(folder);
    for (const { source, target } of files) {
      const file = join(place, relative(folder, target));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contentOf(source, file, name));
    }
    const rehearse = isOwnApp
      ? "npm start -- --quick"
      : `npx changeover rehearse --quick --program ${folder}`;
    const written = files.map(({ target }) => target);
    await write(
      json
        ? formatJson({ files: written, name, rehearse })
        : `Wrote ${written.length} files to ${folder}. Rehearse the application:\n  ${rehearse}\n` +
            "Then replace its parts by yours: docs/bring-your-own-application.md describes them.\n",
    );
    return EXIT_CODES.common.done;
  },
});

function readInitOptions({ options, args }: ParsedArguments): InitInput {
  const reader = new OptionReader();
  const [folder = ""] = args as [string];
  const { name: given, json = false } = options as { name?: string; json?: boolean };
  const name = given ?? nameOf(folder);
  if (!NAME.test(name)) {
    reader.reject(
      "--name",
      "up to 30 lower-case letters, digits and hyphens, starting with a letter",
      quote(name),
    );
  }
  return reader.result({ folder, name, json });
}

function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 30);
  return name === "" || name === "app" ? SKELETON_NAME : name;
}

/** The files of the skeleton, relative to it, without those that running it has written. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !/^(dist|node_modules|\.changeover)\b/.test(file))
    .sort();
}

function contentOf(source: string, target: string, name: string): string {
  const text = readFileSync(source, "utf8").replaceAll(SKELETON_NAME, name);
  const isOfApp = relative(SKELETON, source).startsWith(`app${sep}`);
  if (isOfApp) return text;
  return text.replace(CHECKOUT_IMPORT, (_, module: string) => {
    const path = relative(dirname(target), join(PROGRAM_DIRECTORY, module)).split(sep).join("/");
    return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
  });
}
