import { getLbs } from "@pulumi/aws/lb/getLbs";
import { getListener } from "@pulumi/aws/lb/getListener";
import { getListenerRule } from "@pulumi/aws/lb/getListenerRule";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { COLORS, type Color } from "../components";
import { DEFAULT_PRODUCTION_PRIORITY } from "../components/load-balancer/rule-priorities";
import { type ReleaseControl, releaseControl } from "../traffic/control";
import { recordOfTags } from "../traffic/shift-record";
import type { ProductionReading } from "./plan/truth";
import { ValidationError } from "./validation-error";

/** Finds the edge load balancer of a stack whose outputs were lost. */
export function programTag(): Record<string, string> {
  return { "changeover:program": `${pulumi.getProject()}/${pulumi.getStack()}` };
}

const UNREAD: ProductionReading = { kind: "unread" };
const NONE: ProductionReading = { kind: "none" };

const forward = z.object({ targetGroups: z.array(z.object({ arn: z.string(), weight: z.number() })) });
const lookedUpRule = z.object({
  actions: z.array(z.object({ type: z.string(), forwards: z.array(forward).optional() })),
  tags: z.record(z.string(), z.string()).optional(),
});

/**
 * Reads the production rule, by its ARN in the output `control` of the last update, or by the tags of the load
 * balancer.
 *
 * @param output the stack's last output `control`
 * @param port the port of the listener with the production rule
 * @param hasMemory true if the last update wrote the output `release`
 * @throws the provider's error if the rule cannot be read, because the update must not shift traffic unseen
 */
export async function readProductionRule(
  output: unknown,
  { port, hasMemory }: { readonly port: number; readonly hasMemory: boolean },
): Promise<ProductionReading> {
  const control = parseControl(output);
  if (control !== undefined) return readRule({ arn: control.productionRuleArn }, colorByArn(control));
  const { arns } = await getLbs({ tags: programTag() });
  // In a preview without AWS, the list is a placeholder.
  if (!Array.isArray(arns)) return UNREAD;
  for (const loadBalancerArn of arns) {
    const listener = await found(() => getListener({ loadBalancerArn, port }));
    if (listener === undefined) continue;
    const reading = await readRule(
      { listenerArn: listener.arn, priority: DEFAULT_PRODUCTION_PRIORITY },
      colorByName,
    );
    if (reading.kind !== "none") return reading;
  }
  // Earlier versions of the program wrote neither the output nor the tag.
  return hasMemory ? UNREAD : NONE;
}

/** The stack's output `control`; undefined before the first update that wrote it, and in a preview without AWS. */
export function parseControl(output: unknown): ReleaseControl | undefined {
  if (output === undefined || output === null) return undefined;
  const parsed = releaseControl.safeParse(output);
  if (parsed.success) return parsed.data;
  if (pulumi.runtime.isDryRun()) return undefined;
  throw new ValidationError([
    {
      key: "The stack's output `control`",
      allowed: "an output of this program",
      got: output,
      remedy: "Restore it with `pulumi stack export` and `import`.",
    },
  ]);
}

type ColorOf = (targetGroupArn: string) => Color | undefined;

async function readRule(
  query: { readonly arn: string } | { readonly listenerArn: string; readonly priority: number },
  colorOf: ColorOf,
): Promise<ProductionReading> {
  const result = await found(() => getListenerRule(query));
  if (result === undefined) return NONE;
  const { actions, tags } = result;
  const parsed = lookedUpRule.safeParse({ actions, tags });
  if (!parsed.success) {
    if (pulumi.runtime.isDryRun()) return UNREAD;
    throw new Error(`The production rule must have actions and tags, got ${JSON.stringify(actions)}.`);
  }
  const groups = parsed.data.actions
    .filter(({ type }) => type === "forward")
    .flatMap(({ forwards = [] }) => forwards.flatMap(({ targetGroups }) => targetGroups))
    .filter(({ weight }) => weight > 0);
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  const share = (color: Color) => {
    const own = groups.filter(({ arn }) => colorOf(arn) === color);
    return Math.round((100 * own.reduce((sum, { weight }) => sum + weight, 0)) / Math.max(1, total));
  };
  return {
    kind: "rule",
    weights: { blue: share("blue"), green: share("green") },
    record: recordOfTags(parsed.data.tags ?? {}),
    foreign: groups.filter(({ arn }) => colorOf(arn) === undefined).map(({ arn }) => arn),
  };
}

function colorByArn({ tiers: { web } }: ReleaseControl): ColorOf {
  return (arn) => COLORS.find((color) => web[color].targetGroupArn === arn);
}

/** The program names a target group `<name>-web-<color>`, and Pulumi appends hexadecimal digits. */
const colorByName: ColorOf = (arn) =>
  COLORS.find((color) => new RegExp(`:targetgroup/[\\w-]+-web-${color}(-[0-9a-f]+)?(/|$)`).test(arn));

/** Undefined if AWS does not have the rule or the listener any more. */
async function found<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    const { message } = error as Error;
    if (/(Rule|Listener|LoadBalancer)NotFound|couldn't find resource|empty result|not found/i.test(message)) {
      return undefined;
    }
    throw error;
  }
}
