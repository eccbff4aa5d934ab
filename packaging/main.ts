/** `npm run pack:components`, `npm run schema`, `npm run reference`, each with `--help`. */

import { join, relative } from "node:path";
import { parseArgs } from "node:util";

interface Command {
  readonly script: string;
  readonly help: string;
  /** Loads what it needs, which takes longer than to say what it does. Resolves to the path of what it wrote. */
  readonly run: () => Promise<string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  pack: {
    script: "pack:components",
    help: "Builds the package of the components, unpacked in dist/package and as a tarball beside it.",
    run: async () => {
      const { packComponents } = require("./pack") as typeof import("./pack");
      return packComponents(join(__dirname, "..", "dist"));
    },
  },
  schema: {
    script: "schema",
    help: "Writes components/schema.json, by which other languages call the components and their args are checked.",
    run: async () => {
      const { SCHEMA_FILE, writeSchema } = require("./schema") as typeof import("./schema");
      await writeSchema();
      return SCHEMA_FILE;
    },
  },
  reference: {
    script: "reference",
    help: "Writes docs/reference from the docstrings of the components. What was in the folder goes.",
    run: async () => {
      const { REFERENCE, writeReference } = require("./reference") as typeof import("./reference");
      writeReference(REFERENCE);
      return REFERENCE;
    },
  },
};

async function main([wanted = "none", ...args]: readonly string[]): Promise<string> {
  const command = COMMANDS[wanted];
  if (command === undefined) {
    throw new Error(`Command: got ${wanted}; allowed is ${Object.keys(COMMANDS).join(", ")}.`);
  }
  const { script, help, run } = command;
  if (wantsHelp(script, args)) {
    return `${help}\n\nnpm run ${script}\n\nIt prints the path of what it wrote. There are no options but --help.\n`;
  }
  return `${relative(process.cwd(), await run())}\n`;
}

function wantsHelp(script: string, args: readonly string[]): boolean {
  try {
    const { values } = parseArgs({ args: [...args], options: { help: { type: "boolean", short: "h" } } });
    return values.help ?? false;
  } catch (error) {
    throw new Error(`${(error as Error).message}\nMore: npm run ${script} -- --help`);
  }
}

main(process.argv.slice(2)).then(
  (answer) => process.stdout.write(answer),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
