import type { Format } from "../validation/args-spec";
import type { ValidationIssue } from "../validation/validation-issue";

/** A time range in minutes since Monday 00:00 UTC. Its end may lie in the next week. */
interface Range {
  readonly start: number;
  readonly end: number;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const MIN_MINUTES = 30;

const TIME = "(?:[01]\\d|2[0-3]):[0-5]\\d";
const DAY = `(?:${DAYS.join("|")})`;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html */
export const MAINTENANCE_WINDOW: Format = {
  pattern: new RegExp(`^${DAY}:${TIME}-${DAY}:${TIME}$`, "i"),
  allowed: "a range of 30 minutes to 24 hours in UTC, such as sun:03:00-sun:04:00",
};

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupWindow.html */
export const BACKUP_WINDOW: Format = {
  pattern: new RegExp(`^${TIME}-${TIME}$`),
  allowed: "a daily range of 30 minutes or more in UTC, such as 01:00-02:00",
};

interface Windows {
  readonly maintenanceWindow?: string;
  readonly backupWindow?: string;
}

/** Finds windows that RDS would reject although their form is valid: too short, too long or overlapping. */
export function windowIssues({ maintenanceWindow, backupWindow }: Windows, prefix = ""): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const remedy = "Move its start or its end.";
  if (maintenanceWindow !== undefined && !hasLength(maintenanceRange(maintenanceWindow))) {
    const { allowed } = MAINTENANCE_WINDOW;
    issues.push({ key: `${prefix}maintenanceWindow`, allowed, got: maintenanceWindow, remedy });
  }
  if (backupWindow !== undefined && !hasLength(backupRange(backupWindow))) {
    const { allowed } = BACKUP_WINDOW;
    issues.push({ key: `${prefix}backupWindow`, allowed, got: backupWindow, remedy });
  }
  if (issues.length > 0 || maintenanceWindow === undefined || backupWindow === undefined) return issues;
  if (!overlaps(maintenanceRange(maintenanceWindow), backupRange(backupWindow))) return [];
  return [
    {
      key: `${prefix}backupWindow`,
      allowed: `a daily range that does not overlap ${prefix}maintenanceWindow (${maintenanceWindow})`,
      got: backupWindow,
      remedy: "Move one of the two.",
    },
  ];
}

function hasLength({ start, end }: Range): boolean {
  return end - start >= MIN_MINUTES && end - start <= DAY_MINUTES;
}

function overlaps(maintenance: Range, backup: Range): boolean {
  // Backups of ten days, because a backup can start before Monday and a maintenance window can end after Sunday.
  const days = Array.from({ length: 10 }, (_, index) => (index - 1) * DAY_MINUTES);
  return days.some((day) => maintenance.start < backup.end + day && backup.start + day < maintenance.end);
}

function maintenanceRange(window: string): Range {
  const [start = 0, end = 0] = window.split("-").map((text) => {
    const day = DAYS.indexOf(text.slice(0, 3).toLowerCase());
    return day * DAY_MINUTES + minutesOf(text.slice(4));
  });
  return { start, end: end > start ? end : end + WEEK_MINUTES };
}

function backupRange(window: string): Range {
  const [start = 0, end = 0] = window.split("-").map(minutesOf);
  return { start, end: end > start ? end : end + DAY_MINUTES };
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
