import type { Graph, GraphResource } from "../../engine/program/graph";
import { diffValues, toPropertyChange } from "../../engine/values/property-diff";
import type { Comparison } from "../compare/comparison";
import { mayBeReplacement } from "../compare/steps";
import { successors } from "../compare/successors";
import { type PropertyView, viewParts } from "./property-view";

export interface ResourceView {
  readonly op: "create" | "update" | "replace" | "delete" | "import";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly protect: boolean;
  /** True for a deleted resource that leaves the stack and stays in the cloud (`retainOnDelete`). */
  readonly retained?: true;
  /** Name of the deleted resource whose place a new one takes. The changes are then the differences between the two. */
  readonly successorOf?: string;
  /** True for an update that may turn out to be a replacement. */
  readonly mayReplace: boolean;
  readonly replaceReasons: readonly string[];
  /** Changed inputs, or all inputs of a new resource. Added and removed values are split into their parts. */
  readonly changes: readonly PropertyView[];
}

export function resourceViews({ base, head, steps }: Comparison): ResourceView[] {
  const [olds, news] = [byUrn(base), byUrn(head)];
  const formers = successors(base, head, steps);
  return steps.flatMap((step): ResourceView[] => {
    const { op, urn, type, name, protect, replaceReasons } = step;
    if (op === "same" || op === "read" || op === "refresh") return [];
    const resource = (op === "delete" ? olds : news).get(urn);
    // A component is not listed, because its children are. The children of a component plugin are not visible, so the
    // component itself is listed.
    if (!step.custom && resource?.remote !== true) return [];
    const former = formers.get(urn);
    const changes =
      op === "create" || op === "import"
        ? diffValues(former?.inputs ?? {}, resource?.inputs ?? {}).map((change) =>
            toPropertyChange(change, false),
          )
        : step.changes;
    return [
      {
        ...{ op, urn, type, name, protect, replaceReasons },
        ...(op === "delete" && resource?.options.retainOnDelete ? { retained: true } : {}),
        ...(former === undefined ? {} : { successorOf: former.name }),
        mayReplace: mayBeReplacement(step, resource),
        changes: changes.flatMap(viewParts),
      },
    ];
  });
}

function byUrn({ resources }: Graph): ReadonlyMap<string, GraphResource> {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}
