import type { ProductionRule, WatchStep } from "../components";
import type { StackAlarms } from "./alarms";
import type { ColorInstances } from "./colors";
import type { Foundation } from "./foundation";
import type { ReleasePlan } from "./plan/plan-release";
import type { Tiers } from "./tiers";
import type { ColorCheck } from "./traffic";

export interface DeclaredRelease {
  readonly base: Foundation;
  readonly tiers: Tiers;
  readonly plan: ReleasePlan;
  readonly checks: readonly ColorCheck[];
  readonly production: ProductionRule;
  /** Undefined without a bake. */
  readonly watch: WatchStep | undefined;
  readonly running: readonly ColorInstances[];
  readonly alarms: StackAlarms;
}
