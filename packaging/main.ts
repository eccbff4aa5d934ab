/** `npm run pack:components`, `npm run schema`, `npm run reference`. */

import { join, relative } from "node:path";
import { packComponents } from "./pack";
import { REFERENCE, writeReference } from "./reference";
import { SCHEMA_FILE, writeSchema } from "./schema";

const COMMANDS: Record<string, () => Promise<string>> = {
  pack: async () => packComponents(join(__dirname, "..", "dist")),
  schema: async () => {
    await writeSchema();
    return SCHEMA_FILE;
  },
  reference: async () => {
    writeReference(REFERENCE);
    return REFERENCE;
  },
};

async function main(wanted: string | undefined): Promise<void> {
  const command = COMMANDS[wanted ?? ""];
  if (command === undefined) {
    throw new Error(`Command: got ${wanted ?? "none"}; allowed is ${Object.keys(COMMANDS).join(", ")}.`);
  }
  process.stdout.write(`${relative(process.cwd(), await command())}\n`);
}

main(process.argv[2]).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
