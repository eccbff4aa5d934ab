import type { AlterTableStmt, Node, ViewStmt } from "libpg-query";
import { as, strings } from "./ast";

/** Options of a view by name. Those that are off, which is their default, are left out. */
export type ViewOptions = ReadonlyMap<string, string>;

function optionValue(node: Node | undefined): string {
  const word = strings(as(node, "TypeName")?.names).at(-1) ?? as(node, "String")?.sval;
  const text = word ?? `${as(node, "Integer")?.ival ?? "true"}`;
  return ["on", "1", "yes"].includes(text) ? "true" : text;
}

const isOff = (value: string) => ["off", "false", "0", "no"].includes(value);

function read(options: readonly Node[] | undefined): [string, string][] {
  return (options ?? []).flatMap((item): [string, string][] => {
    const option = as(item, "DefElem");
    return option?.defname ? [[option.defname, optionValue(option.arg)]] : [];
  });
}

const withoutOff = (options: readonly [string, string][]): ViewOptions =>
  new Map([...new Map(options)].filter(([, value]) => !isOff(value)));

export function viewOptions({ options, withCheckOption }: ViewStmt): ViewOptions {
  const [, check] = /^(LOCAL|CASCADED)_/.exec(withCheckOption ?? "") ?? [];
  return withoutOff([
    ...read(options),
    ...(check ? [["check_option", check.toLowerCase()] as [string, string]] : []),
  ]);
}

/** The options after ALTER VIEW … SET or RESET. */
export function alteredOptions(options: ViewOptions, { cmds }: AlterTableStmt): ViewOptions {
  const changed = new Map(options);
  for (const item of cmds ?? []) {
    const { subtype, def } = as(item, "AlterTableCmd") ?? {};
    const items = read(as(def, "List")?.items);
    if (subtype === "AT_SetRelOptions") for (const [name, value] of items) changed.set(name, value);
    if (subtype === "AT_ResetRelOptions") for (const [name] of items) changed.delete(name);
  }
  return withoutOff([...changed]);
}

export function areSameOptions(a: ViewOptions, b: ViewOptions): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** True if the view rejects writes that it accepted before. */
export function checksMore(before: ViewOptions, now: ViewOptions): boolean {
  const had = before.get("check_option");
  const has = now.get("check_option");
  return has !== undefined && had !== has && had !== "cascaded";
}
