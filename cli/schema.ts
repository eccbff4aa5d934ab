import { defineCommand } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { writtenFiles } from "./written-files";

export const schema = defineCommand<{ json: boolean }>({
  name: "schema",
  summary: "write the components' Pulumi schema",
  description: "Writes components/schema.json, from which other languages call the components.",
  examples: [["changeover schema", "print the path of the schema"]],
  exitCodes: EXIT_CODES.common,
  read: ({ options }) => ({ json: options.json === true }),
  run: async ({ json }, { write }) => {
    const { SCHEMA_FILE, writeSchema } =
      require("../packaging/schema") as typeof import("../packaging/schema");
    await writeSchema();
    await write(writtenFiles([SCHEMA_FILE], json));
    return EXIT_CODES.common.done;
  },
});
