import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ReleaseControl } from "../../traffic/control";
import { createLoadBalancingClient } from "../../traffic/load-balancing-client";
import { forwardAction, readProductionRule, setWeights, writeRecord } from "../../traffic/production-rule";
import type { ShiftRecord } from "../../traffic/shift-record";
import { describeTargets, healthyCount, registered } from "../../traffic/targets";
import { allTrafficTo, formatShares, isSameShares, type TrafficColor, type TrafficShares } from "../colors";
import { configCommands, configOfShares } from "../config-agreement";
import { type RuleReading, readingOf } from "../rule-reading";
import type { StackOutputs } from "../stack-outputs";
import { assessTarget, type TargetAssessment, type TargetCount } from "./assess-target";
import { chooseTarget } from "./choose-target";

export interface RollbackRequest {
  /** @default the live color during a canary; after a rollback the color with the traffic; otherwise the one without */
  readonly to?: TrafficColor;
  readonly reason?: string;
  readonly actor: string;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** True to shift without a question. Checks that take longer then run after the shift. */
  readonly urgent: boolean;
  readonly stack?: string;
}

export interface RollbackTools {
  confirm(question: string): Promise<boolean>;
  log(message: string): void;
  shifted(): void;
}

export interface RollbackOutcome {
  readonly status: "shifted" | "unchanged" | "dry-run" | "declined" | "empty";
  readonly color: TrafficColor;
  readonly version?: string;
  readonly before: TrafficShares;
  readonly after: TrafficShares;
  readonly serial?: number;
  readonly warnings: readonly string[];
  /** Command lines that make the config agree with the traffic. */
  readonly commands: readonly string[];
}

/** Thrown if a rollback is not possible. The production rule is as before. */
export class RollbackError extends Error {
  override readonly name = "RollbackError";
}

/**
 * Shifts all traffic to one color through the API of the load balancer, without Pulumi's lock, the program and the
 * health gate.
 */
export async function runRollback(
  { control, release, releaseProblem }: StackOutputs,
  request: RollbackRequest,
  tools: RollbackTools,
): Promise<RollbackOutcome> {
  const client = createLoadBalancingClient(control.region);
  try {
    const counts = {
      blue: countTargets(client, control, "blue"),
      green: countTargets(client, control, "green"),
    };
    const rule = await readRule(client, control);
    if (releaseProblem !== undefined) tools.log(`Warning: ${releaseProblem}`);
    const color = request.to ?? (releaseProblem === undefined ? chooseTarget(rule, release) : undefined);
    if (color === undefined) {
      throw new RollbackError(
        `--to must be blue or green while traffic is ${formatShares(rule.shares)} and the last update does not say ` +
          "which color served before with the version that it runs, got nothing. `changeover status` shows the health of both.",
      );
    }
    const [before, after] = [rule.shares, allTrafficTo(color)];
    const version = release?.versions[color];
    const config = configOfShares(after, release?.live ?? color);
    const assessment = await assess(color, await counts[color], rule, control, request);
    const outcome = (status: RollbackOutcome["status"], warnings = assessment.warnings): RollbackOutcome => ({
      status,
      color,
      version,
      before,
      after,
      warnings,
      commands: configCommands(config, request.stack),
    });
    if (isSameShares(before, after) && rule.foreign.length === 0) return outcome("unchanged", []);

    const name = `${color}${version ? ` ${version}` : ""}`;
    tools.log(`Traffic: ${formatShares(before)}. Rollback to ${name}: ${assessment.lines.join(", ")}.`);
    for (const warning of assessment.warnings) tools.log(`Warning: ${warning}.`);
    if (request.dryRun) return outcome("dry-run");
    if (assessment.isEmpty && !request.force) return outcome("empty");
    if (!(await tools.confirm(`Shift all traffic to ${name}?`))) return outcome("declined");

    await shift(client, control, color);
    tools.shifted();
    const record: ShiftRecord = {
      serial: Math.max(rule.record?.serial ?? 0, release?.serial ?? 0) + 1,
      kind: "rollback",
      actor: request.actor,
      reason: request.reason,
      at: new Date().toISOString(),
    };
    const warnings = [
      ...assessment.warnings,
      ...(await announce(client, control, record, outcome("shifted"))),
    ];
    for (const warning of warnings.slice(assessment.warnings.length)) tools.log(`Warning: ${warning}.`);
    return { ...outcome("shifted", warnings), serial: record.serial };
  } finally {
    client.destroy();
  }
}

async function readRule(client: ElasticLoadBalancingV2Client, control: ReleaseControl): Promise<RuleReading> {
  try {
    return readingOf(await readProductionRule(client, control.productionRuleArn), control);
  } catch (error) {
    throw new RollbackError(
      `The production rule ${control.productionRuleArn} cannot be read: ${messageOf(error)}. Nothing was changed.\n` +
        "Use credentials of the role that may shift traffic (docs/security.md).",
    );
  }
}

async function shift(
  client: ElasticLoadBalancingV2Client,
  control: ReleaseControl,
  color: TrafficColor,
): Promise<void> {
  const { productionRuleArn, stickySeconds } = control;
  const weights = { [control.tiers.web[color].targetGroupArn]: 100 };
  try {
    await setWeights(client, productionRuleArn, weights, stickySeconds);
  } catch (error) {
    const actions = JSON.stringify([forwardAction(weights, stickySeconds)]);
    throw new RollbackError(
      `The production rule was not changed: ${messageOf(error)}.\n` +
        "Use credentials of the role that may shift traffic (docs/security.md). With the AWS CLI the same shift is:\n" +
        `aws elbv2 modify-rule --region ${control.region} --rule-arn ${productionRuleArn} --actions '${actions}'`,
    );
  }
}

/** Resolves to undefined if the targets cannot be read, because the check is advisory. */
async function countTargets(
  client: ElasticLoadBalancingV2Client,
  { tiers }: ReleaseControl,
  color: TrafficColor,
): Promise<TargetCount[] | string> {
  try {
    return await Promise.all(
      (["web", "app"] as const).map(async (tier) => {
        const targets = registered(await describeTargets(client, tiers[tier][color].targetGroupArn));
        const { minInstances } = tiers[tier];
        return { tier, healthy: healthyCount(targets), registered: targets.length, minInstances };
      }),
    );
  } catch (error) {
    return messageOf(error);
  }
}

async function assess(
  color: TrafficColor,
  counts: TargetCount[] | string,
  { foreign }: RuleReading,
  control: ReleaseControl,
  { urgent }: RollbackRequest,
): Promise<TargetAssessment> {
  const assessment =
    typeof counts === "string"
      ? { isEmpty: false, lines: ["health unknown"], warnings: [`the targets cannot be read: ${counts}`] }
      : assessTarget(color, counts);
  const others = foreign.map((arn) => `the rule also forwards to ${arn}, which belongs to no color`);
  const alarms = urgent ? [] : await alarmWarnings(color, control);
  return { ...assessment, warnings: [...assessment.warnings, ...others, ...alarms] };
}

async function alarmWarnings(color: TrafficColor, { region, tiers }: ReleaseControl): Promise<string[]> {
  const { createTrafficClients } = require("../../traffic/clients") as typeof import("../../traffic/clients");
  const { describeAlarm, readAlarms } =
    require("../../traffic/alarms") as typeof import("../../traffic/alarms");
  const clients = createTrafficClients(region);
  try {
    const names = [...tiers.web[color].alarms, ...tiers.app[color].alarms];
    const alarms = await readAlarms(clients.cloudWatch, names);
    return alarms.filter(({ state }) => state === "ALARM").map(describeAlarm);
  } catch (error) {
    return [`the alarms cannot be read: ${messageOf(error)}`];
  } finally {
    clients.destroy();
  }
}

/** Records the shift on the rule and announces it. A failure is a warning, because traffic has shifted. */
async function announce(
  client: ElasticLoadBalancingV2Client,
  control: ReleaseControl,
  record: ShiftRecord,
  { color, version, before, after }: RollbackOutcome,
): Promise<string[]> {
  const { createTrafficClients } = require("../../traffic/clients") as typeof import("../../traffic/clients");
  const { notify } = require("../../traffic/notify") as typeof import("../../traffic/notify");
  const warnings: string[] = [];
  await writeRecord(client, control.productionRuleArn, record).catch((error: unknown) => {
    warnings.push(`the record is not on the rule's tags: ${messageOf(error)}`);
  });
  const clients = createTrafficClients(control.region);
  const reason = record.reason ? ` Reason: ${record.reason}` : "";
  const text = `Rolled back to ${color} ${version ?? ""} by ${record.actor} (before: ${formatShares(before)}).${reason}`;
  const detail = { stack: control.name, color, version, weightsBefore: before, weights: after, ...record };
  const topics = control.topicArn === undefined ? [] : [control.topicArn];
  await notify(clients, { type: "Shift Rolled Back", text, detail }, topics, (message, fields) => {
    warnings.push(`${message} (${Object.values(fields ?? {}).join(", ")})`);
  });
  clients.destroy();
  return warnings;
}

function messageOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return (name === "Error" || message.startsWith(name) ? message : `${name}: ${message}`).replace(/\.$/, "");
}
