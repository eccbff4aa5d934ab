import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./consumer";

/** A resource of an example. References are texts such as `${edge.listenerArn}`. */
export interface ExampleResource {
  readonly variable: string;
  readonly type: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The examples of the first section of the README, by language. */
export function firstExamples(): Readonly<Record<"ts" | "yaml" | "python", string>> {
  const [, section = ""] = readFileSync(join(ROOT, "components", "README.md"), "utf8").split(
    /^## (?=A service in one component)/m,
  );
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(section)?.[1] ?? "";
  return { ts: block("ts"), yaml: block("yaml"), python: block("python") };
}

export function readYaml(text: string): ExampleResource[] {
  type Entry = { type: string; name?: string; properties: Record<string, unknown> };
  const { resources } = parse(text) as { resources: Record<string, Entry> };
  return Object.entries(resources).map(([variable, { type, name = variable, properties }]) => ({
    variable,
    type: type.split(":").at(-1) ?? "",
    name,
    args: properties,
  }));
}

/** Prints the assignments of calls as JSON, by Python's own parser. */
const PYTHON = `
import ast, json, sys
def value(node):
    if isinstance(node, ast.Dict):
        return {value(k): value(v) for k, v in zip(node.keys, node.values)}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [value(each) for each in node.elts]
    if isinstance(node, ast.Attribute):
        return "\${%s.%s}" % (node.value.id, node.attr)
    return ast.literal_eval(node)
calls = [(each.targets[0].id, each.value) for each in ast.parse(sys.stdin.read()).body if isinstance(each, ast.Assign)]
print(json.dumps([{"variable": variable, "type": call.func.attr, "name": value(call.args[0]),
    "args": {each.arg: value(each.value) for each in call.keywords}} for variable, call in calls]))
`;

/** Undefined on a machine without Python. */
export function readPython(text: string): ExampleResource[] | undefined {
  let json: string;
  try {
    json = execFileSync("python3", ["-c", PYTHON], { input: text, encoding: "utf8", timeout: 20_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return (JSON.parse(json) as ExampleResource[]).map(({ args, ...rest }) => ({
    ...rest,
    args: inCamelCase(args) as ExampleResource["args"],
  }));
}

/** Pulumi's library for Python spells names in snake case. */
function inCamelCase(value: unknown): unknown {
  const camel = (text: string) => text.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (typeof value === "string") return /^\$\{\w+\.\w+\}$/.test(value) ? camel(value) : value;
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [camel(key), inCamelCase(item)]));
}

/** The program in TypeScript that declares the same. */
export function programOf(resources: readonly ExampleResource[]): string {
  const literal = (value: unknown) =>
    JSON.stringify(value, null, 2).replace(
      /"\$\{(\w+)\.(\w+)\}"/g,
      (_, variable, key) => `${variable}.${key}`,
    );
  const lines = resources.map(({ variable, type, name, args }) => {
    const module = type === "RandomPassword" ? "random" : "changeover";
    return `const ${variable} = new ${module}.${type}(${JSON.stringify(name)}, ${literal(args)} as any);`;
  });
  return [
    'import * as changeover from "changeover";',
    'import * as random from "@pulumi/random";',
    ...lines,
    "export const { serial } = shop;",
    "",
  ].join("\n");
}
