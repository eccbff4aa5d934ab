import { formatShares, isSameShares, type TrafficColor, type TrafficShares } from "../colors";
import { type ConfigChanges, configCommands, configOfShares } from "../config-agreement";
import type { DeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { compareTruth } from "../truth";

/** Two descriptions of the traffic that differ, with the commands of each choice to make them agree. */
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
  if (truth === "agreed" || truth === "unread" || truth === "unrecorded") return [];
  const { record, shares } = rule;
  const since = record?.at ? ` at ${record.at}` : "";
  const by = record?.actor ? ` by ${record.actor}` : "";
  const why = record?.reason ? ` (${record.reason})` : "";
  const events = {
    interrupted: `An update shifted traffic${by} and did not finish`,
    "rolled-back": `${record?.kind === "rollback" ? `Traffic was rolled back${by}` : "The watch rolled traffic back"}${since}${why}`,
    "by-hand": "Traffic was shifted without a record",
  };
  const choice = isConfigurable(rule)
    ? { meaning: "keep the traffic as it is", commands: up(configOfShares(shares, release.live), stack) }
    : {
        meaning: `shift all traffic to ${release.live} at once`,
        commands: [rollbackCommand(release.live, stack)],
      };
  return [
    {
      between: "rule and last update",
      description:
        `${events[truth]}: the production rule has ${formatShares(shares)}, ` +
        (isSameShares(shares, release.weights)
          ? "as after the last update."
          : `the last update recorded ${formatShares(release.weights)}.`),
      choices: [choice, ...restoreChoice(release, rule, stack)],
    },
  ];
}

/** False if the rule forwards to others or to no color, as with a page for maintenance: no config agrees with it. */
function isConfigurable({ shares, foreign }: RuleReading): boolean {
  return foreign.length === 0 && shares.blue + shares.green > 0;
}

function rollbackCommand(color: TrafficColor, stack: string | undefined): string {
  return `changeover rollback --to ${color}${stack === undefined ? "" : ` --stack ${stack}`}`;
}

/** The commands that restore the shares of the last update, through the health gate. */
function restoreChoice(release: DeployedRelease, { shares, record, foreign }: RuleReading, stack?: string) {
  if (isSameShares(shares, release.weights) || foreign.length > 0) return [];
  const changes = configOfShares(release.weights, release.live);
  return [
    {
      meaning: `shift back to ${formatShares(release.weights)}`,
      commands: expectedUp(changes, record?.serial ?? release.serial, stack),
    },
  ];
}

/** An update adopts a shift of another writer only if it is given that shift's number. */
function expectedUp(changes: ConfigChanges, serial: number | undefined, stack?: string): string[] {
  const expected = { expectedSerial: String(serial ?? 0) };
  return [...up({ ...changes, ...expected }, stack), ...configCommands({ expectedSerial: "" }, stack)];
}

function configDisagreement({ stack, release, rule, config }: ComparedStack): Disagreement[] {
  const shares = rule?.shares ?? release?.weights;
  if (config === undefined || shares === undefined || release === undefined) return [];
  if (rule !== undefined && !isConfigurable(rule)) return [];
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
        {
          meaning: "shift traffic as the config asks",
          commands: isAgreed
            ? [upCommand(stack)]
            : expectedUp({}, rule?.record?.serial ?? release.serial, stack),
        },
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
