import { bench } from "./bench";
import { build } from "./build";
import type { CommandDefinition, CommandGroup } from "./command";
import { docs } from "./docs";
import { init } from "./init";
import { lint } from "./lint";
import { load } from "./load";
import { migrate } from "./migrate";
import { pack } from "./pack";
import { preview } from "./preview";
import { publish } from "./publish";
import { rehearse } from "./rehearse";
import { release } from "./release";
import { report } from "./report";
import { rollback } from "./rollback";
import { schema } from "./schema";
import { status } from "./status";
import { verify } from "./verify";

/** All commands, in the order in which `--help` lists them. */
const commands: readonly CommandDefinition[] = [
  rehearse,
  init,
  verify,
  load,
  report,
  preview,
  publish,
  release,
  status,
  rollback,
  migrate,
  lint,
  build,
  pack,
  schema,
  docs,
  bench,
];

export const program: CommandGroup = {
  name: "changeover",
  summary: "zero-downtime blue/green releases on AWS, rehearsed on one machine",
  examples: [
    ["changeover rehearse --quick", "rehearse a release under load"],
    ["changeover preview --base main", "show the effects of the working tree"],
    ["changeover migrate check", "analyze migration scripts"],
  ],
  commands,
};
