import type { ArgsSpec, Format, Requirement } from "../validation/args-spec";
import { duplicateIssue, omittedIssue, requirementIssue } from "../validation/find-issues";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

/** The ways in which the number of a color's instances follows the load. */
export const Scaling = {
  /** Auto Scaling aims for `targetCpuPercent`. */
  TargetCpu: "targetCpu",
  /** `scalingSteps` add and remove instances. */
  Steps: "steps",
  /** The number changes by the health gate, by `schedules` and by hand only. */
  None: "none",
} as const;
export type Scaling = (typeof Scaling)[keyof typeof Scaling];

/** A number of instances that is added or removed at an average CPU utilization. Either limit is required. */
export interface ScalingStepArgs {
  /**
   * The CPU utilization in percent above which instances are added, 1-99.
   *
   * @default none, the step removes instances
   */
  aboveCpuPercent?: number;
  /**
   * The CPU utilization in percent below which instances are removed, 1-99.
   *
   * @default none, the step adds instances
   */
  belowCpuPercent?: number;
  /** The number of instances that the step adds or removes, 1-1000. */
  instances: number;
}

/** A time at which the limits of the number of instances change. */
export interface ScheduleArgs {
  /** The name of the schedule, unique in the color. */
  name: string;
  /** The time as a cron expression of five fields, e.g. `0 8 * * MON-FRI`. */
  recurrence: string;
  /** The new minimum of instances, 1-1000. */
  minInstances: number;
  /**
   * The new maximum of instances, 1-1000.
   *
   * @default the maximum stays as it is
   */
  maxInstances?: number;
  /**
   * The time zone of `recurrence`, e.g. `Europe/Berlin`.
   *
   * @default UTC
   */
  timeZone?: string;
}

export interface ScalingArgs {
  /**
   * The way in which the number of instances follows the load.
   *
   * @default `targetCpu`
   */
  scaling?: Scaling;
  /**
   * The average CPU utilization in percent that autoscaling aims for, 1-100. Only with the scaling `targetCpu`.
   *
   * @default 50
   */
  targetCpuPercent?: number;
  /**
   * The steps of the scaling `steps`, with at least one that adds instances. An alarm on three minutes above or below the
   * first limit starts them.
   *
   * @default none
   */
  scalingSteps?: ScalingStepArgs[];
  /**
   * Times at which the limits change, e.g. for the hours of work. A retired color has none.
   *
   * An update that changes `minInstances` or `maxInstances`, and one with a refresh, sets them again until the next
   * scheduled time.
   *
   * @default none
   */
  schedules?: ScheduleArgs[];
}

const PERCENT = { kind: "integer", min: 1, max: 99 } as const;
const COUNT = { kind: "integer", min: 1, max: 1000 } as const;
const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

/** The fields of a cron expression: minute, hour, day of the month, month, day of the week. */
const CRON_FIELDS = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: DAYS },
];

function isCronField(text: string, { min, max, names }: (typeof CRON_FIELDS)[number]): boolean {
  const isValue = (value: string) =>
    names.includes(value.toUpperCase()) || (/^\d+$/.test(value) && +value >= min && +value <= max);
  return text.split(",").every((part) => {
    const [range = "", step = "1", ...more] = part.split("/");
    const ends = range === "*" ? [] : range.split("-");
    return more.length === 0 && /^[1-9]\d*$/.test(step) && ends.length <= 2 && ends.every(isValue);
  });
}

const CRON: Requirement<string> = {
  allowed: "a cron expression of five fields, such as 0 8 * * MON-FRI",
  holds: (text) => {
    const fields = text.split(/ +/);
    return (
      fields.length === CRON_FIELDS.length &&
      CRON_FIELDS.every((field, at) => isCronField(fields[at] ?? "", field)) &&
      hasDay(fields)
    );
  },
};

const DAYS_OF_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** False for a date that no year has, such as February 30. */
function hasDay([, , days = "", months = "", weekdays]: readonly string[]): boolean {
  if (weekdays !== "*" || !/^[\d,]+$/.test(days) || !/^[\w,]+$/.test(months)) return true;
  const lengths = months.split(",").map((month) => {
    const named = MONTHS.indexOf(month.toUpperCase());
    return DAYS_OF_MONTHS[named === -1 ? Number(month) - 1 : named] ?? 0;
  });
  return days.split(",").some((day) => Number(day) <= Math.max(...lengths));
}

const SCHEDULE_NAME: Format = { pattern: /^[\w-]{1,64}$/, allowed: "1 to 64 letters, digits, _ and -" };

const TIME_ZONE = {
  allowed: "a time zone of the IANA database, such as Europe/Berlin",
  holds: (zone: string) => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined && !/^[+-]/.test(zone);
    } catch {
      return false;
    }
  },
};

const stepSpec = {
  aboveCpuPercent: { ...PERCENT, whenOmitted: "none, the step removes instances" },
  belowCpuPercent: { ...PERCENT, whenOmitted: "none, the step adds instances" },
  instances: { ...COUNT, required: true },
} as const satisfies ArgsSpec<ScalingStepArgs>;

const scheduleSpec = {
  name: { kind: "string", format: SCHEDULE_NAME, required: true },
  recurrence: { kind: "string", format: CRON, required: true },
  minInstances: { ...COUNT, required: true },
  maxInstances: { ...COUNT, whenOmitted: "the maximum stays as it is" },
  timeZone: { kind: "string", format: TIME_ZONE, whenOmitted: "UTC" },
} as const satisfies ArgsSpec<ScheduleArgs>;

export const scalingSpec = {
  scaling: { kind: "enum", values: Object.values(Scaling), default: Scaling.TargetCpu },
  targetCpuPercent: { kind: "integer", min: 1, max: 100, default: 50 },
  scalingSteps: {
    kind: "list",
    items: { kind: "object", args: stepSpec },
    check: (steps, key) =>
      steps.map((step, index) => oneLimitIssue(step, `${key}[${index}].aboveCpuPercent`)),
    whenOmitted: "none",
  },
  schedules: {
    kind: "list",
    items: { kind: "object", args: scheduleSpec },
    check: (schedules, key) => [
      duplicateIssue(
        key,
        schedules.map(({ name }) => name),
      ),
      ...schedules.map(({ minInstances, maxInstances }, index) =>
        requirementIssue(`${key}[${index}].maxInstances`, maxInstances, {
          allowed: `${minInstances} (minInstances) or more`,
          holds: (max: number) => max >= minInstances,
        }),
      ),
    ],
    whenOmitted: "none",
  },
} as const satisfies ArgsSpec<ScalingArgs>;

function oneLimitIssue({ aboveCpuPercent, belowCpuPercent }: ScalingStepArgs, key: string) {
  if ((aboveCpuPercent === undefined) !== (belowCpuPercent === undefined)) return undefined;
  const allowed = "given, or belowCpuPercent, but not both";
  return { key, allowed, got: aboveCpuPercent, remedy: "Give one of the two." };
}

export function scalingIssues(args: ScalingArgs): (ValidationIssue | undefined)[] {
  const { scaling = Scaling.TargetCpu, targetCpuPercent, scalingSteps } = args;
  if (scaling !== Scaling.Steps) {
    return [
      omittedIssue(
        "scalingSteps",
        scalingSteps && new ValueDescription("a list"),
        `with the scaling ${scaling}`,
      ),
      scaling === Scaling.None
        ? omittedIssue("targetCpuPercent", targetCpuPercent, "with the scaling none")
        : undefined,
    ];
  }
  const above = (scalingSteps ?? []).flatMap(({ aboveCpuPercent = [] }) => aboveCpuPercent);
  const below = (scalingSteps ?? []).flatMap(({ belowCpuPercent = [] }) => belowCpuPercent);
  return [
    omittedIssue("targetCpuPercent", targetCpuPercent, "with the scaling steps"),
    above.length > 0
      ? duplicateIssue("scalingSteps", above)
      : {
          key: "scalingSteps",
          allowed: "a list with a step that adds instances",
          got: scalingSteps && new ValueDescription("none with aboveCpuPercent"),
        },
    duplicateIssue("scalingSteps", below),
    above.length > 0 && Math.max(0, ...below) >= Math.min(...above)
      ? {
          key: "scalingSteps",
          allowed: "steps that remove instances only below the limits of those that add them",
          got: new ValueDescription(`below ${Math.max(...below)} and above ${Math.min(...above)}`),
        }
      : undefined,
  ];
}
