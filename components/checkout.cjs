// The package's main in a checkout, where the components are TypeScript. Pulumi runs it for programs in other languages.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const OWN_FILES = join(__dirname, "/");
const present = require.extensions[".ts"];

const isRepositoryLoader = Symbol.for("changeover.typescript") in globalThis;
const isPulumiLoader = Symbol.for("ts-node.register.instance") in process && !isRepositoryLoader;

// Pulumi's loader, ts-node, would check the types with the compiler and the options of the program that uses the package.
if (present === undefined || isPulumiLoader) {
  const { ModuleKind, ScriptTarget, transpileModule } = require("typescript");
  const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
  require.extensions[".ts"] = (module, fileName) => {
    if (present !== undefined && !fileName.startsWith(OWN_FILES)) return present(module, fileName);
    const { outputText } = transpileModule(readFileSync(fileName, "utf8"), { compilerOptions, fileName });
    module._compile(outputText, fileName);
  };
}

// The plugin is loaded late, because it loads the compiler.
module.exports = Object.assign(() => require("./plugin.ts")(), require("./index.ts"));
