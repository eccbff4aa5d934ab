import type { CommandGroup } from "../command";
import { check } from "./check";
import { importMigrations } from "./import";
import { createScripts } from "./new";
import { contract, dryRun, expand } from "./run";
import { status } from "./status";

export const migrate: CommandGroup = {
  name: "migrate",
  summary: "create, check and run migrations of a database",
  description: "Changes a database with the scripts of a folder, as a release does.",
  examples: [
    ["changeover migrate new split_name --version 1.4.0", "two empty scripts with the next number"],
    ["changeover migrate check", "analyze the scripts; needs no database"],
    ["changeover migrate status", "the scripts that a database has"],
    ["changeover migrate dry-run --version 1.1.0", "the scripts that expand or contract would run"],
    ["changeover migrate expand --version 1.0.0 --version 1.1.0", "run what these versions need"],
    [
      "changeover migrate contract --through 0002_split_name --serving green=1.1.0",
      "remove what they do not",
    ],
  ],
  commands: [createScripts, importMigrations, check, status, dryRun, expand, contract],
};
