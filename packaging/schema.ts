import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import * as exported from "../components";
import { COMPONENTS } from "./stage";

/** The committed schema: what programs in other languages, and reviews of a change, go by. */
export const SCHEMA_FILE = join(COMPONENTS, "schema.json");

/**
 * The schema of the component package, as the SDK's own analyzer reads it from the sources.
 * @throws what the analyzer throws for an arg or an output that has no place in a schema.
 */
export async function componentSchema(): Promise<string> {
  const { name } = JSON.parse(readFileSync(join(COMPONENTS, "package.json"), "utf8")) as { name: string };
  const provider = new ComponentProvider({
    name,
    dirname: COMPONENTS,
    components: getPulumiComponents(exported),
  });
  return `${JSON.stringify(JSON.parse(await provider.getSchema()), null, 2)}\n`;
}
