import * as path from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental";
import * as components from ".";

/** The components, as programs in other languages call them. */
export class PackageProvider extends ComponentProvider {
  /** @param dirname the folder with the package.json and, there or below it, TypeScript's sources. */
  constructor(dirname: string = path.join(__dirname, "..")) {
    super({ name: "changeover", dirname, components: getPulumiComponents(components) });
  }

  /** What the SDK reads from the sources, so that the libraries which Pulumi generates from it compile and read well. */
  override async getSchema(): Promise<string> {
    // Every language adds "Args" to a type's name itself, which would make a FleetColorArgsArgs.
    const renamed = (await super.getSchema()).replace(/(changeover:index:\w+)Args"/g, '$1"');
    const schema = JSON.parse(renamed) as { language: { go: object } };
    // Without it the library for Go lacks the types of lists that must be known, and does not compile.
    Object.assign(schema.language.go, { generateExtraInputTypes: true });
    return JSON.stringify(schema);
  }
}
