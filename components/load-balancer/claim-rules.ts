import * as pulumi from "@pulumi/pulumi";
import { isPluginProcess } from "../functions/plugin-process";
import { isOutput } from "../validation/unknown";
import { throwIssues } from "../validation/validate-args";
import { claimIssues, type ListenerClaim } from "./listener-claims";

/** The claims of one run of a program, by listener: its ARN, or the output that resolves to it. */
type Claims = Map<unknown, ListenerClaim[]>;

const claimsByRun = new WeakMap<object, Claims>();

/** A plugin has a new monitor for each component, but its process serves only one run of a program. */
const PLUGIN_RUN = {};

function claimsOfRun(): Claims {
  const monitor = isPluginProcess() || !pulumi.runtime.hasMonitor() ? undefined : pulumi.runtime.getMonitor();
  const run = monitor ?? PLUGIN_RUN;
  const claims = claimsByRun.get(run) ?? new Map();
  claimsByRun.set(run, claims);
  return claims;
}

/**
 * Checks the rules of a component against those that the program declared before on the same listener.
 *
 * @returns the listener's ARN. If it is an output, it fails when its value turns out to be that of another output.
 * @throws pulumi.InputPropertiesError with all issues
 */
export function claimRules(claim: ListenerClaim, listenerArn: pulumi.Input<string>): pulumi.Input<string> {
  const claims = claimsOfRun();
  addClaim(claims, listenerArn, claim);
  if (!isOutput(listenerArn)) return listenerArn;
  return pulumi.output(listenerArn).apply((arn) => {
    addClaim(claims, arn, claim);
    return arn;
  });
}

function addClaim(claims: Claims, listener: unknown, claim: ListenerClaim): void {
  const { component, name } = claim;
  const others = (claims.get(listener) ?? []).filter(
    (each) => each.component !== component || each.name !== name,
  );
  throwIssues(`${component} "${name}"`, claimIssues(claim, others));
  claims.set(listener, [...others, claim]);
}
