import { isAwsType } from "../../aws/resource-types";
import type { GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { diffValues } from "../../engine/values/property-diff";
import { formatPath } from "../../engine/values/property-path";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import type { FindingContent } from "./finding";

/** Finds changes of launch templates that `ignoreChanges` holds back: they apply to the next deployment. */
export const nextDeploymentCheck = { topic: "nextDeployment", find } as const;

function find({ base, declared }: Comparison): FindingContent[] {
  const identities = new Identities(base);
  const waiting = declared.resources.flatMap((resource) => {
    const old = identities.find(resource);
    const changed = old === undefined ? [] : ignoredInputs(old, resource);
    return changed.length > 0 ? [{ name: resource.name, changed }] : [];
  });
  if (waiting.length === 0) return [];
  return [
    {
      code: "settings-waiting",
      severity: "info",
      summary: `Changed settings of instances wait for the next deployment of ${enumerate(waiting.map(({ name }) => name))}: instances that run, and those that autoscaling starts, keep the former settings.`,
      details: [
        ...waiting.map(({ name, changed }) => `${name}: ${changed.join(", ")}`),
        "To apply them, deploy the same version again with a build number, such as 1.1.0+2, to a color without traffic.",
      ],
      procedure: "Change the instances",
    },
  ];
}

function ignoredInputs(old: GraphResource, resource: GraphResource): string[] {
  if (!isAwsType(resource.type, "LaunchTemplate")) return [];
  const { ignoreChanges } = resource.options;
  const changed = diffValues(old.inputs, resource.inputs).map(({ path }) => formatPath(path.slice(0, 1)));
  return [...new Set(changed)].filter((input) => ignoreChanges.includes(input));
}
