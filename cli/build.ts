import { defineCommand, formatJson } from "./command";
import { EXIT_CODES } from "./exit-codes";

export const build = defineCommand<{ json: boolean }>({
  name: "build",
  summary: "bundle the Lambda handlers of the components",
  examples: [["changeover build", "write components/bundles and print each bundle's path and SHA-256"]],
  exitCodes: EXIT_CODES.common,
  read: ({ options }) => ({ json: options.json === true }),
  run: async ({ json }, { write }) => {
    const { bundleLambda, lambdaNames } = require("../build/bundle") as typeof import("../build/bundle");
    const bundles = lambdaNames().map(bundleLambda);
    const lines = bundles.map(({ file, sha256 }) => `${file} ${sha256}\n`);
    await write(json ? formatJson(bundles) : lines.join(""));
    return EXIT_CODES.common.done;
  },
});
