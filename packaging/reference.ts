import { join } from "node:path";
import { COMPONENTS } from "./stage";

/** Where the committed reference lies. */
export const REFERENCE = join(__dirname, "..", "docs", "reference");

/**
 * Writes the reference of everything the package exports, as Markdown, from the docstrings.
 * @throws Error when a docstring cannot be read or links to something that is not there.
 */
export async function writeReference(directory: string): Promise<void> {
  // Typedoc is an ES module, and takes a while: only those who write the reference load it.
  const { Application } = await import("typedoc");
  const options = {
    entryPoints: [join(COMPONENTS, "index.ts")],
    tsconfig: join(COMPONENTS, "tsconfig.json"),
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: directory }],
    name: "Reference of the components",
    readme: "none",
    // Links into a repository would change with every commit.
    disableSources: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeProtected: true,
    skipErrorChecking: true,
    treatWarningsAsErrors: true,
    logLevel: "Warn" as const,
    outputFileStrategy: "members",
    entryFileName: "README",
    hidePageHeader: true,
    hideBreadcrumbs: true,
    expandObjects: false,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
  };
  const application = await Application.bootstrapWithPlugins(options);
  const project = await application.convert();
  if (project === undefined || application.logger.hasErrors() || application.logger.hasWarnings()) {
    throw new Error("The reference cannot be written; see what typedoc says above.");
  }
  await application.generateOutputs(project);
}
