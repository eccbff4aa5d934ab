import { forcesReplacement } from "../../aws/replacements";
import { factsOf } from "../../aws/resource-types";
import type { KnownOutputs } from "../../engine/program/evaluate";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { diffGraphs, Identities } from "../../engine/program/graph-diff";
import type { Registration } from "../../engine/program/registration";
import type { Properties } from "../../engine/values/values";
import { newPlaceholder, placeholder } from "./placeholder";

/**
 * Makes placeholders for the computed outputs of each resource.
 *
 * With a base, an output is marked as new if the update changes its value: every output of a replaced resource, and
 * the versions of an updated one. Resources that depend on a replaced one then show a change, too, as in a real
 * update.
 */
export function outputPlaceholders(base?: Graph): (resource: Registration) => KnownOutputs {
  const identities = base && new Identities(base);
  const baseNames = new Set(base?.resources.map(({ type, name }) => placeholder(type, name, "")));
  return (resource) => {
    const { type, inputs } = resource;
    const old = identities?.find(resource);
    // The base has a different resource of this type and name, for example if a child got another parent without an
    // alias.
    const isNamesake = old === undefined && baseNames.has(placeholder(type, resource.name, ""));
    const op = isNamesake ? "replace" : operation(old, resource);
    const isReplaced = op === "replace";
    const isUpdated = isReplaced || op === "update";
    // A resource that was matched by an alias keeps the placeholders of its former name.
    const named = old ?? resource;
    const of = (output: string, isNew: boolean) => {
      const text = placeholder(named.type, named.name, output);
      return isNew ? newPlaceholder(text) : text;
    };
    const {
      generatedName = "name",
      computed = [],
      computedPerUpdate = [],
      computedItems = {},
    } = factsOf(type);
    const outputs: Properties = {};
    for (const output of ["arn", generatedName, ...computed])
      if (!(output in inputs)) outputs[output] = of(output, isReplaced);
    for (const output of computedPerUpdate) outputs[output] = of(output, isUpdated);
    for (const [output, keys] of Object.entries(computedItems))
      outputs[output] = [Object.fromEntries(keys.map((key) => [key, of(key, false)]))];
    return { id: of("id", isReplaced), outputs };
  };
}

function operation(old: GraphResource | undefined, resource: Registration): string {
  if (old === undefined || old.read) return "create";
  const alone = (each: GraphResource): Graph => ({
    ...{ project: "", stack: "", resources: [each], outputs: {}, placeholders: [], messages: [] },
  });
  const head = { ...resource, read: false, urn: old.urn };
  return diffGraphs(alone(old), alone(head), { replaceOn: forcesReplacement })[0]?.op ?? "same";
}
