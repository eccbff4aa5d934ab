import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type RuleState, readProductionRule } from "../../traffic/production-rule";
import { OperatorError } from "../operator-error";
import type { GateEvent } from "./event";

type Production = NonNullable<GateEvent["production"]>;

/** Ends a gate check when the traffic is shifted meanwhile, so that its update does not undo that shift. */
export class RuleGuard {
  /** The reason why the newest reading failed. */
  failure: string | undefined;

  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly event: GateEvent,
  ) {}

  /**
   * Resolves to true if the production rule is as the update found it, and to false if it cannot be read.
   *
   * @throws OperatorError if another writer shifted the traffic
   */
  async holds(): Promise<boolean> {
    const { production } = this.event;
    if (production === undefined) return true;
    this.failure = undefined;
    let rule: RuleState;
    try {
      rule = await readProductionRule(this.client, production.ruleArn);
    } catch (error) {
      const { name, message } = error as Error;
      this.failure = `the production rule cannot be read: ${name}: ${message}`;
      return false;
    }
    if (!isPlanned(production, rule)) throw shiftedError(this.event, production, rule);
    return true;
  }
}

/** True before the shift, and after it if an earlier attempt of the same update made it. */
function isPlanned(production: Production, rule: RuleState): boolean {
  const serial = rule.record?.serial ?? 0;
  return (
    (serial <= production.serialBefore && hasShares(production, production.weightsBefore, rule)) ||
    (serial === production.serial && hasShares(production, production.weights, rule))
  );
}

/** Compares percentages, as the program does when it reads the rule. */
function hasShares(production: Production, expected: Production["weights"], { weights }: RuleState): boolean {
  const { blue, green } = sharesOf(production, weights);
  return blue === expected.blue && green === expected.green;
}

function sharesOf({ targetGroupArns }: Production, weights: RuleState["weights"]) {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const share = (arn: string) => Math.round((100 * (weights[arn] ?? 0)) / Math.max(1, total));
  return { blue: share(targetGroupArns.blue), green: share(targetGroupArns.green) };
}

function shiftedError(
  { color, version }: GateEvent,
  production: Production,
  { weights, record }: RuleState,
): OperatorError {
  const { blue, green } = sharesOf(production, weights);
  const by = record?.actor === undefined ? "" : ` by ${record.actor}`;
  const why = record?.reason === undefined ? "" : ` (${record.reason})`;
  const shift = record === undefined ? "" : `; shift ${record.serial}, ${record.kind}${by}${why}`;
  return new OperatorError("ShiftedByOthers", {
    cause:
      `Gate check of ${color} ${version} ended: the traffic was shifted during this update. The production rule has ` +
      `blue ${blue} %, green ${green} %${shift}.`,
    state: "This update shifted no traffic, and its later steps did not run.",
    remedy:
      "Make the config agree with the production rule and run `pulumi up`; `changeover status` shows the commands for " +
      "each choice.",
  });
}
