import { join } from "node:path";
import { PackageProvider } from "../components/package-provider";
import { writeFormattedJson } from "./formatted-json";
import { COMPONENTS } from "./stage";

/** The committed schema, for programs in other languages and for reviews of a change. */
export const SCHEMA_FILE = join(COMPONENTS, "schema.json");

/**
 * Reads the schema of the component package from the sources, with the Pulumi SDK's analyzer.
 *
 * @throws the analyzer's error for an arg or an output whose type no schema can express.
 */
async function componentSchema(): Promise<object> {
  return JSON.parse(await new PackageProvider(COMPONENTS).getSchema());
}

export async function writeSchema(): Promise<void> {
  writeFormattedJson(SCHEMA_FILE, await componentSchema());
}
