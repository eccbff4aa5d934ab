/**
 * Starts `index.ts` under the Pulumi CLI. With `typescript: false` in Pulumi.yaml, the CLI does not compile the program
 * again at each run.
 */
require("./build/start/code-cache").cacheCode("stack");
require("./build/start/register");
require("./build/start/defer-unused").deferUnused();
module.exports = require("./index.ts");
