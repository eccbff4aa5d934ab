import type { CheckFailure } from "../../engine/deploy/provider";
import { invalidInput } from "../errors";

export const ELB_TYPES = {
  balancer: "aws:lb/loadBalancer:LoadBalancer",
  listener: "aws:lb/listener:Listener",
  rule: "aws:lb/listenerRule:ListenerRule",
  group: "aws:lb/targetGroup:TargetGroup",
} as const;

/** The naming rule of load balancers and target groups. */
export const NAME_RULE = { property: "name", maxLength: 32, prefixProperty: "namePrefix" };

export function* checkName(name: string | undefined): Iterable<CheckFailure> {
  if (name === undefined || /^(?!internal-)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name)) return;
  const allowed =
    "letters, digits and hyphens, with no hyphen at the start or end and without the prefix `internal-`";
  yield invalidInput("name", allowed, `"${name}"`);
}
