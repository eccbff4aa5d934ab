import * as pulumi from "@pulumi/pulumi";
import { check, isEventual, type Rule } from "./invalid";

/**
 * What changeover's preview without a cloud gives for a value that only a cloud or the Pulumi CLI could tell:
 * `<Vpc:shop-vpc.id>`, `[encrypted config value 0123456789ab]`. No id, ARN or name holds such a text.
 */
const STAND_IN = /<(new )?\w+:[^<>]+\.\w+>|^\[encrypted config value \w+\]$/;

function isStandIn(value: unknown): boolean {
  return typeof value === "string" ? STAND_IN.test(value) : Array.isArray(value) && value.some(isStandIn);
}

/**
 * Checks an input: at once when it is a plain value, otherwise as soon as it is known, which in a preview may be never.
 * @returns what to go on with: nothing is made of an output that turns out to be wrong.
 */
export function checkInput<V extends pulumi.Input<unknown> | undefined>(
  what: string,
  value: V,
  rule: Rule<NonNullable<pulumi.Unwrap<V>>>,
): V {
  type Known = NonNullable<pulumi.Unwrap<V>>;
  if (isStandIn(value)) return value;
  if (!isEventual(value)) {
    check(what, value as Known | undefined, rule);
    return value;
  }
  const output = pulumi.output(value as pulumi.Input<Known>);
  const checked = output.apply(async (known) => {
    if (isStandIn(known)) return known;
    const isSecret = rule.isSecret || (await pulumi.isSecret(output));
    check(what, known as Known, { ...rule, isSecret });
    return known;
  });
  return checked as V;
}
