import { getAmiIds } from "@pulumi/aws/autoscaling/getAmiIds";
import { getListenerRule } from "@pulumi/aws/lb/getListenerRule";
import * as pulumi from "@pulumi/pulumi";
import { COLORS, type Color } from "../fleet/color";
import { stackTag } from "../tags/resource-tags";
import { parseMemory, RELEASE_TAG } from "./release-tag";
import type { ServiceRule, WantedService } from "./service-state";

/** The tag with the name of a service, on its rules and groups. */
export const SERVICE_TAG = "changeover:service";

interface RuleQuery {
  readonly name: string;
  readonly listenerArn: string;
  readonly priority: number;
  readonly targetGroupArns: Readonly<Record<Color, string>>;
  readonly versions: WantedService["versions"];
}

/**
 * Reads the production rule of a service as it is in AWS, so that an update knows the traffic even if another writer
 * shifted it.
 *
 * @throws the provider's error if the rule cannot be read
 */
export async function readRule(query: RuleQuery, opts: pulumi.InvokeOptions): Promise<ServiceRule> {
  const { listenerArn, priority, targetGroupArns } = query;
  let rule: Awaited<ReturnType<typeof getListenerRule>>;
  try {
    rule = await getListenerRule({ listenerArn, priority }, opts);
  } catch (error) {
    if (isMissing(error as Error)) return { kind: "none" };
    throw error;
  }
  // In a preview without AWS, the values are placeholders.
  if (!Array.isArray(rule?.actions)) return { kind: "unread" };
  const groups = rule.actions
    .flatMap(({ forwards }) => forwards ?? [])
    .flatMap(({ targetGroups }) => targetGroups ?? [])
    .filter(({ weight }) => weight > 0);
  const weightOf = (color: Color) =>
    groups.filter(({ arn }) => arn === targetGroupArns[color]).reduce((sum, { weight }) => sum + weight, 0);
  const total = weightOf("blue") + weightOf("green");
  const blue = Math.round((100 * weightOf("blue")) / Math.max(1, total));
  const tags = rule.tags ?? {};
  return {
    kind: "rule",
    arn: rule.arn,
    weights: { blue, green: total === 0 ? 0 : 100 - blue },
    total,
    foreign: foreignGroups(groups, query, tags),
    tags,
    deployed: await deployedColors(query, tags, opts),
  };
}

function isMissing({ message }: Error): boolean {
  return /(Rule|Listener|LoadBalancer)NotFound|couldn't find resource|empty result|not found/i.test(message);
}

/** A rule without a target group of the service belongs to another program, unless it has the service's tags. */
function foreignGroups(
  groups: readonly { readonly arn: string }[],
  { name, targetGroupArns }: RuleQuery,
  tags: Readonly<Record<string, string>>,
): string[] {
  const own = COLORS.map((color) => targetGroupArns[color]);
  const foreign = groups.filter(({ arn }) => !own.includes(arn)).map(({ arn }) => arn);
  const isOwn = tags[SERVICE_TAG] === name && tags["changeover:stack"] === stackTag()["changeover:stack"];
  return foreign.length === 0 && groups.length === 0 && !isOwn ? ["no target group"] : foreign;
}

/** The colors whose wanted version has an Auto Scaling group; undefined if the groups cannot be listed. */
async function deployedColors(
  { name, versions }: RuleQuery,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.InvokeOptions,
): Promise<Color[] | undefined> {
  const memory = parseMemory(tags[RELEASE_TAG]);
  const deployed: Color[] = [];
  for (const color of COLORS) {
    const version = versions[color];
    if (version === undefined || memory?.colors[color]?.version === version) continue;
    const wanted = {
      ...stackTag(),
      [SERVICE_TAG]: name,
      "changeover:color": color,
      "changeover:version": version,
    };
    const filters = Object.entries(wanted).map(([key, value]) => ({ name: `tag:${key}`, values: [value] }));
    try {
      const { names } = await getAmiIds({ filters }, opts);
      if (!Array.isArray(names)) return undefined;
      if (names.length > 0) deployed.push(color);
    } catch (error) {
      // The gate check finds the version of the instances in any case.
      pulumi.log.debug(`The Auto Scaling groups of ${name} cannot be listed: ${(error as Error).message}`);
      return undefined;
    }
  }
  return deployed;
}
