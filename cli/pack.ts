import { join } from "node:path";
import { defineCommand } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { writtenFiles } from "./written-files";

export const pack = defineCommand<{ json: boolean }>({
  name: "pack",
  summary: "build the package of the components",
  description: "Builds the package of the components, unpacked in dist/package and as a tarball beside it.",
  examples: [["changeover pack", "print the path of the tarball"]],
  exitCodes: EXIT_CODES.common,
  read: ({ options }) => ({ json: options.json === true }),
  run: async ({ json }, { write }) => {
    const { packComponents } = require("../packaging/pack") as typeof import("../packaging/pack");
    await write(writtenFiles([packComponents(join(__dirname, "..", "dist"))], json));
    return EXIT_CODES.common.done;
  },
});
