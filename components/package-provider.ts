import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental";
import { version as sdkVersion } from "@pulumi/pulumi/version";
import * as components from "./index";
import { assertCompleteSchema } from "./sdk-version";
import type { AnyArgSpec, AnyArgsSpec } from "./validation/args-spec";
import { formatDefault } from "./validation/find-issues";
import { withPythonNames } from "./validation/python-names";

interface Schema {
  readonly language: { readonly go: object };
  readonly resources: Readonly<Record<string, { readonly inputProperties: Properties }>>;
  readonly types: Readonly<Record<string, { readonly properties: Properties }>>;
}

type Properties = Readonly<Record<string, Property>>;

interface Property {
  description?: string;
  readonly $ref?: string;
  readonly items?: Property;
}

/** Provides the components to programs in other languages. */
export class PackageProvider extends ComponentProvider {
  /** @param directory the folder with package.json; the TypeScript sources are there or below it. */
  constructor(private readonly directory: string = packageFolder()) {
    const dirname = directory;
    super({ name: "changeover", dirname, components: getPulumiComponents(components) });
  }

  override async construct(...call: Parameters<ComponentProvider["construct"]>) {
    try {
      return await super.construct(...call);
    } catch (error) {
      if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
      // The engine would print the value of each listed property, which may be a secret. The message has all issues.
      throw new pulumi.InputPropertiesError({
        message: withPythonNames(error.message, error.errors ?? []),
        errors: [],
      });
    }
  }

  /** The schema that the Pulumi SDK derives from the sources, adapted for the SDKs that Pulumi generates from it. */
  override async getSchema(): Promise<string> {
    assertCompleteSchema(sdkVersion);
    // The generators of all languages append "Args" to the names of types themselves.
    const renamed = (await super.getSchema()).replace(/(changeover:index:\w+)Args"/g, '$1"');
    const schema: Schema = { ...JSON.parse(renamed), ...packageMetadata(this.directory) };
    // Without this option, the SDK for Go lacks the types of plain lists and does not compile.
    Object.assign(schema.language.go, { generateExtraInputTypes: true });
    for (const component of getPulumiComponents(components)) {
      const properties = schema.resources[`changeover:index:${component.name}`]?.inputProperties;
      describeDefaults(schema, properties, specOf(component).args);
    }
    return JSON.stringify(schema);
  }
}

/** In a checkout, this file is beside the manifest; in the package, it is in `lib/`. */
function packageFolder(): string {
  return fs.existsSync(path.join(__dirname, "package.json")) ? __dirname : path.join(__dirname, "..");
}

/** The entries of the manifest that registries of Pulumi packages show. */
function packageMetadata(directory: string): object {
  const { homepage, license, keywords, repository } = JSON.parse(
    fs.readFileSync(path.join(directory, "package.json"), "utf8"),
  );
  const url = String(repository.url).replace(/^git\+|\.git$/g, "");
  return {
    displayName: "Changeover",
    publisher: "changeover",
    homepage,
    repository: url,
    license,
    keywords,
    logoUrl: `${url.replace("github.com", "raw.githubusercontent.com")}/main/docs/logo.svg`,
  };
}

export function specOf(component: object): { readonly args: AnyArgsSpec } {
  return (component as { spec: { args: AnyArgsSpec } }).spec;
}

/** Adds the defaults to the descriptions, because the SDK leaves out tags such as `@default`. */
function describeDefaults(schema: Schema, properties: Properties = {}, specs: AnyArgsSpec): void {
  for (const [key, spec] of Object.entries(specs)) {
    const property = properties[key];
    if (property === undefined) continue;
    const text = formatDefault(spec);
    if (text !== undefined && !property.description?.includes("Default: ")) {
      property.description = `${property.description}\n\nDefault: ${text}.`;
    }
    const form: AnyArgSpec = spec.kind === "list" ? spec.items : spec;
    const type = (property.$ref ?? property.items?.$ref)?.replace("#/types/", "");
    if (form.kind === "object" && type !== undefined) {
      describeDefaults(schema, schema.types[type]?.properties, form.args);
    }
  }
}
