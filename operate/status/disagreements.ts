import { formatShares, isSameShares, TRAFFIC_COLORS, type TrafficColor, type TrafficShares } from "../colors";
import { type ConfigChanges, configCommands, configOfShares } from "../config-agreement";
import type { DeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { compareTruth } from "../truth";

/** Two descriptions of the traffic that differ, and the commands for each way to make them agree. */
export interface Disagreement {
  readonly between: "rule and last update" | "config and traffic";
  readonly description: string;
  readonly choices: readonly { readonly meaning: string; readonly commands: readonly string[] }[];
}

interface ComparedStack {
  readonly stack?: string;
  readonly release?: DeployedRelease;
  readonly rule?: RuleReading;
  readonly config?: { readonly file: string; readonly live: TrafficColor; readonly canaryPercent: number };
}

export function findDisagreements(facts: ComparedStack): Disagreement[] {
  return [...ruleDisagreement(facts), ...configDisagreement(facts)];
}

function ruleDisagreement({ stack, release, rule }: ComparedStack): Disagreement[] {
  if (release === undefined || rule === undefined) return [];
  const truth = compareTruth(release, rule);
  if (truth === "agreed" || truth === "unread") return [];
  const { record, shares } = rule;
  const since = record?.at ? ` at ${record.at}` : "";
  const by = record?.actor ? ` by ${record.actor}` : "";
  const why = record?.reason ? ` (${record.reason})` : "";
  const events = {
    interrupted: `An update shifted traffic${by} and did not finish`,
    "rolled-back": `${record?.kind === "rollback" ? "Traffic was rolled back" : "The watch rolled traffic back"}${by}${since}${why}`,
    "by-hand": "Traffic was shifted without a record",
  };
  const keep = {
    meaning: "keep the traffic as it is",
    commands: up(configOfShares(shares, release.live), stack),
  };
  return [
    {
      between: "rule and last update",
      description:
        `${events[truth]}: the production rule has ${formatShares(shares)}, ` +
        `the last update recorded ${formatShares(release.weights)}.`,
      choices: [keep, ...restoreChoice(release, shares, stack)],
    },
  ];
}

/** The commands that restore the shares of the last update. An update cannot shift traffic before it agrees with the rule. */
function restoreChoice(release: DeployedRelease, shares: TrafficShares, stack: string | undefined) {
  const full = TRAFFIC_COLORS.find((color) => release.weights[color] === 100);
  if (full !== undefined && isSameShares(shares, release.weights)) return [];
  const meaning = `shift back to ${formatShares(release.weights)}`;
  if (full !== undefined) {
    const option = stack === undefined ? "" : ` --stack ${stack}`;
    return [{ meaning, commands: [`changeover rollback --to ${full}${option}`] }];
  }
  const agreed = up(configOfShares(shares, release.live), stack);
  return [{ meaning, commands: [...agreed, ...up(configOfShares(release.weights, release.live), stack)] }];
}

function configDisagreement({ stack, release, rule, config }: ComparedStack): Disagreement[] {
  const shares = rule?.shares ?? release?.weights;
  if (config === undefined || shares === undefined || release === undefined) return [];
  const wanted = configOfShares(shares, release.live);
  const { live, canaryPercent } = config;
  const configured: TrafficShares = {
    ...{ blue: 0, green: 0 },
    [live]: 100 - canaryPercent,
    [live === "blue" ? "green" : "blue"]: canaryPercent,
  };
  if (isSameShares(configured, shares)) return [];
  const isAgreed = compareTruth(release, rule) === "agreed";
  return [
    {
      between: "config and traffic",
      description: `${config.file} asks for ${formatShares(configured)}, the traffic is ${formatShares(shares)}.`,
      choices: [
        { meaning: "keep the traffic as it is", commands: configCommands(wanted, stack) },
        // Otherwise the program rejects the update.
        ...(isAgreed ? [{ meaning: "shift traffic as the config asks", commands: [upCommand(stack)] }] : []),
      ],
    },
  ];
}

function up(changes: ConfigChanges, stack: string | undefined): string[] {
  return [...configCommands(changes, stack), upCommand(stack)];
}

function upCommand(stack: string | undefined): string {
  return stack === undefined ? "pulumi up" : `pulumi up --stack ${stack}`;
}
