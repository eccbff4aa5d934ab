import type { AnyArgSpec, AnyArgsSpec, ComponentSpec, Format, Requirement } from "./args-spec";
import { byDistance, closest } from "./closest";
import { nameIssue } from "./names";
import { missingTextIssue, outputTextIssue } from "./output-text";
import { isOutput, isPlaceholder, isUnknown } from "./unknown";
import { type ValidationIssue, ValueDescription } from "./validation-issue";

/** Finds all issues of the args of one component. */
export function findIssues<Args extends object>(
  name: unknown,
  args: Args,
  spec: ComponentSpec<Args>,
): ValidationIssue[] {
  const argsSpec = spec.args as unknown as AnyArgsSpec;
  const issues: ValidationIssue[] = [];
  if (typeof name !== "string" || name === "") {
    const allowed = "a text that is not empty";
    const remedy = isOutput(name)
      ? "Give a name that is known before apply, such as a constant."
      : NAME_FIRST;
    issues.push({ key: "name", allowed, got: name === "" ? name : describeType(name), remedy });
  } else {
    issues.push(...present([outputTextIssue("name", name) ?? (spec.name && nameIssue(name, spec.name))]));
  }
  if (!isObject(args)) {
    return [
      ...issues,
      { key: "args", allowed: allowedOf({ kind: "object", args: argsSpec }), got: describeType(args) },
    ];
  }
  issues.push(...propertyIssues("", args, argsSpec));
  const hasIssue = (read: string) =>
    issues.some(({ key }) => key === read || key.startsWith(`${read}.`) || key.startsWith(`${read}[`));
  for (const { reads, check } of spec.checks ?? []) {
    if (reads.some(hasIssue)) continue;
    const found = present(check(args, String(name)));
    issues.push(...found.filter(({ key }) => key !== "name" || !hasIssue(key)));
  }
  return issues;
}

const NAME_FIRST = "Give the name first, then the args.";

/** Returns an issue if a value breaks a requirement. A value that is missing or unknown until apply has no issue. */
export function requirementIssue(
  key: string,
  value: unknown,
  requirement: Requirement<never> | Format,
): ValidationIssue | undefined {
  if (value === undefined || isUnknown(value)) return undefined;
  const { allowed, remedy } = requirement;
  const holds =
    "pattern" in requirement ? requirement.pattern.test(String(value)) : requirement.holds(value as never);
  if (holds) return undefined;
  return { key, allowed, got: value, remedy: typeof remedy === "function" ? remedy(value as never) : remedy };
}

/** Returns an issue if a list has equal items. Unknown items count as different. */
export function duplicateIssue(key: string, items: readonly unknown[]): ValidationIssue | undefined {
  const known = items.filter((item) => !isUnknown(item));
  const duplicate = known.find((item, index) => known.indexOf(item) < index);
  if (duplicate === undefined) return undefined;
  const got = new ValueDescription(`${JSON.stringify(duplicate)} twice`);
  return { key, allowed: "a list without duplicates", got, remedy: "Remove one of the two, or change it." };
}

/** Returns an issue if an arg is given although another arg excludes it. */
export function omittedIssue(key: string, value: unknown, condition: string): ValidationIssue | undefined {
  if (value === undefined) return undefined;
  return { key, allowed: `omitted ${condition}`, got: value, remedy: `Remove ${key}.` };
}

/** Returns an issue if a value equals another arg. */
export function distinctIssue(
  key: string,
  value: unknown,
  other: unknown,
  allowed: string,
): ValidationIssue | undefined {
  return requirementIssue(key, value, { allowed, holds: () => value !== other });
}

/** The path of a map's entry, in the notation of Pulumi's property paths. */
export function entryPath(map: string, key: string): string {
  return /^\w+$/.test(key) ? `${map}.${key}` : `${map}[${JSON.stringify(key)}]`;
}

const SHOWN_KEYS = 6;

/** A list of all args would hide the rest of a message. */
function listed(keys: readonly string[]): string {
  const more = keys.length - SHOWN_KEYS;
  return [...keys.slice(0, SHOWN_KEYS), ...(more > 0 ? [`… (${more} more)`] : [])].join(", ");
}

export function unknownKeyIssue(path: string, key: string, known: readonly string[]): ValidationIssue {
  const meant = closest(key, known);
  let remedy = RESOURCE_OPTIONS.includes(key) ? "Move it to the options, after the args." : "Remove it.";
  if (meant !== undefined) remedy = `Did you mean ${meant}?`;
  const got = new ValueDescription("an unknown key");
  const shown = known.length > SHOWN_KEYS ? byDistance(key, known) : known;
  return { key: path, allowed: `one of ${listed(shown)}`, got, remedy };
}

const RESOURCE_OPTIONS = ["dependsOn", "parent", "provider", "transforms", "aliases"];

function propertyIssues(prefix: string, value: object, spec: AnyArgsSpec): ValidationIssue[] {
  const known = Object.keys(spec);
  // A component given in place of its outputs has more properties, and so has an output.
  const isResource = resourceType(value) !== undefined || isOutput(value);
  const unknown = isResource ? [] : Object.keys(value).filter((key) => !known.includes(key));
  return [
    ...unknown.map((key) => unknownKeyIssue(prefix + key, key, known)),
    ...known.flatMap((key) => {
      const item = (value as Record<string, unknown>)[key];
      const arg = spec[key];
      return arg === undefined || (item === undefined && !arg.required)
        ? []
        : valueIssues(prefix + key, item, arg);
    }),
  ];
}

/** Finds all issues of one arg, e.g. of an output once its value is known. */
export function valueIssues(key: string, value: unknown, spec: AnyArgSpec): ValidationIssue[] {
  if (isUnknown(value) && spec.input) return [];
  if (isPlaceholder(value) && (spec.kind === "string" || spec.kind === "enum")) return [];
  const outputText = outputTextIssue(key, value);
  if (outputText !== undefined) return [outputText];
  if (!hasType(value, spec)) return [typeIssue(key, value, spec)];
  switch (spec.kind) {
    case "string": {
      const missing = spec.complete && missingTextIssue(key, value);
      if (missing) return [missing];
      if (spec.format === undefined) return [];
      const issue = requirementIssue(key, value, spec.format);
      return present([issue && spec.secret ? { ...issue, got: HIDDEN } : issue]);
    }
    case "object": {
      const other = otherComponentIssue(key, value as object, spec.component);
      return other === undefined ? propertyIssues(`${key}.`, value as object, spec.args) : [other];
    }
    case "list": {
      const list = value as readonly unknown[];
      const issues = list.flatMap((item, index) => valueIssues(`${key}[${index}]`, item, spec.items));
      if (issues.length > 0) return issues;
      const whole = spec.requirement && requirementIssue(key, list, spec.requirement);
      return present([whole, ...(spec.check?.(list, key) ?? [])]);
    }
    case "map": {
      const map = value as Readonly<Record<string, unknown>>;
      // Pulumi leaves out entries that are undefined.
      const entries = Object.entries(map).filter(([, item]) => item !== undefined);
      return [
        ...present(spec.check?.(map, key) ?? []),
        ...entries.flatMap(([name, item]) => {
          const path = entryPath(key, name);
          const badKey = outputTextIssue(key, name) ?? (spec.keys && requirementIssue(path, name, spec.keys));
          return [...present([badKey]), ...valueIssues(path, item, spec.items)];
        }),
      ];
    }
    default:
      return [];
  }
}

/** Pulumi marks every resource with its type. */
function resourceType(value: unknown): string | undefined {
  if (!isObject(value) || isOutput(value)) return undefined;
  const { __pulumiType: type } = value as { readonly __pulumiType?: unknown };
  return typeof type === "string" ? type : undefined;
}

function otherComponentIssue(key: string, value: object, component?: string): ValidationIssue | undefined {
  const type = resourceType(value);
  if (component === undefined || type === undefined || type.endsWith(`:${component}`)) return undefined;
  return {
    key,
    allowed: `a ${component}, or its outputs`,
    got: new ValueDescription(`a resource of type ${type}`),
  };
}

function hasType(value: unknown, spec: AnyArgSpec): boolean {
  switch (spec.kind) {
    case "string":
    case "boolean":
      return typeof value === spec.kind;
    case "enum":
      return spec.values.includes(value);
    case "integer":
    case "number":
      return (
        typeof value === "number" &&
        value >= spec.min &&
        value <= spec.max &&
        (spec.kind === "number" || Number.isInteger(value))
      );
    case "list":
      return Array.isArray(value);
    case "map":
      return isObject(value) && !isOutput(value);
    case "object":
      // The properties of the output of an object are outputs too, so it can be given in place of the object.
      return isObject(value);
  }
}

export function isObject(value: unknown): value is object {
  // Excludes lists, and objects whose entries are no properties, such as a Map, a Date or a Buffer.
  return ["[object Object]", "[object Promise]"].includes(Object.prototype.toString.call(value));
}

function typeIssue(key: string, value: unknown, spec: AnyArgSpec): ValidationIssue {
  return { key, allowed: allowedOf(spec), got: shownAs(value, spec), remedy: remedyFor(key, value, spec) };
}

/** The allowed values of an arg, as the text after "must be" in a message. */
export function allowedOf(spec: AnyArgSpec): string {
  switch (spec.kind) {
    case "string":
      return spec.format?.allowed ?? "a text";
    case "boolean":
      return "true or false";
    case "enum":
      return spec.values.join(", ").replace(/, ([^,]*)$/, " or $1");
    case "integer":
    case "number":
      return `${spec.kind === "integer" ? "an integer" : "a number"} from ${spec.min} to ${spec.max}`;
    case "list":
      return spec.requirement?.allowed ?? "a list";
    case "map":
      return "an object";
    case "object":
      return `an object with ${listed(requiredFirst(spec.args))}`;
  }
}

function requiredFirst(args: AnyArgsSpec): string[] {
  const keys = Object.keys(args);
  return [...keys.filter((key) => args[key]?.required), ...keys.filter((key) => !args[key]?.required)];
}

/** The default of an optional arg, as the docs show it. */
export function formatDefault({ default: value, whenOmitted }: AnyArgSpec): string | undefined {
  return typeof value === "string" ? `\`${value}\`` : (whenOmitted ?? value?.toString());
}

const HIDDEN = new ValueDescription("a hidden value");

function shownAs(value: unknown, spec: AnyArgSpec): unknown {
  if (spec.kind === "string" && spec.secret) return HIDDEN;
  if (typeof value === "number" && spec.kind !== "object" && spec.kind !== "map") return value;
  // A text that was given in place of an object may contain a secret.
  if (typeof value === "string" && spec.kind !== "object" && spec.kind !== "map") return value;
  return describeType(value);
}

function describeType(value: unknown): unknown {
  if (value === undefined || value === null || isOutput(value)) return value;
  const type = resourceType(value);
  if (type !== undefined) return new ValueDescription(`a resource of type ${type}`);
  const [, kind = ""] = /^\[object (\w+)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
  if (typeof value === "object" && kind !== "Object" && kind !== "Array")
    return new ValueDescription(`a ${kind}`);
  return new ValueDescription(Array.isArray(value) ? "a list" : `a value of type ${typeof value}`);
}

function remedyFor(key: string, value: unknown, spec: AnyArgSpec): string | undefined {
  if (isOutput(value)) {
    const items = spec.kind === "list" && spec.items.input ? "; its items may be outputs" : "";
    return `Give a value that is known before apply${items}.`;
  }
  if (value === undefined && spec.required) return "It is required.";
  if (resourceType(value) !== undefined) return outputRemedy(key, value as object);
  if (spec.kind === "string" && typeof value === "number") return "Put it in quotes.";
  if (spec.kind === "string" && isObject(value))
    return "Give a text; JSON.stringify makes JSON of an object.";
  if ((spec.kind === "map" || spec.kind === "object") && value instanceof Map)
    return "Give a plain object; Object.fromEntries makes one of a Map.";
  const isQuoted =
    (spec.kind === "boolean" && (value === "true" || value === "false")) ||
    ((spec.kind === "integer" || spec.kind === "number") &&
      typeof value === "string" &&
      value.trim() !== "" &&
      !Number.isNaN(Number(value)));
  return isQuoted ? "Remove the quotes." : undefined;
}

/** Names the output of a resource that was given in place of an id or an ARN. */
function outputRemedy(key: string, resource: object): string {
  const arg = key.replace(/\[\d+\]$/, "").replace(/^.*\./, "");
  const candidates = [arg, ...(/arns?$/i.test(arg) ? ["arn"] : []), "id"];
  const output = candidates.find((each) => each in resource);
  return output === undefined ? "Give an output of it." : `Give its output ${output}.`;
}

/** Returns the issues that were found. */
export function present(issues: readonly (ValidationIssue | undefined)[]): ValidationIssue[] {
  return issues.filter((issue): issue is ValidationIssue => issue !== undefined);
}
