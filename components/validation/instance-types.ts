import { InstanceType } from "@pulumi/aws/types/enums/ec2";
import type { Requirement } from "./args-spec";
import { closest } from "./closest";

/** The processor architecture of an instance type and of its image, in AWS's words. */
export const Architecture = {
  /** Graviton and other Arm processors. */
  Arm64: "arm64",
  /** Intel and AMD processors. */
  X86: "x86_64",
} as const;
export type Architecture = (typeof Architecture)[keyof typeof Architecture];

/** The types that the installed provider lists. */
const KNOWN: ReadonlySet<string> = new Set(Object.values(InstanceType));

const SIZES = "nano|micro|small|medium|large|\\d*xlarge|metal(?:-\\d+xl)?";
const NAMING = new RegExp(`^([a-z]+)(\\d+)([a-z]*)(?:-[a-z0-9]+)*\\.(?:${SIZES})$`);

/** Types newer than the installed provider are at most so many generations ahead. */
const NEWER_GENERATIONS = 2;

const newestGeneration = new Map<string, number>();
for (const type of KNOWN) {
  const [, series = "", generation] = NAMING.exec(type) ?? [];
  newestGeneration.set(series, Math.max(newestGeneration.get(series) ?? 0, Number(generation ?? 0)));
}

/** The types of EC2 that RDS offers under another name. */
const RDS_ONLY_FAMILIES: Readonly<Record<string, string>> = { x2g: "x2gd" };

/**
 * The families that RDS for PostgreSQL offers, up to the seventh generation.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html
 */
const RDS_FAMILIES: ReadonlySet<string> = new Set(
  [
    "t3 t4g c6gd m5 m5d m6g m6gd m6i m6id m6idn m6in m7g m7i",
    "r5 r5b r5d r6g r6gd r6i r6id r6idn r6in r7g r7i x2g x2idn x2iedn z1d",
  ].flatMap((families) => families.split(" ")),
);

/** Later families of these series are as EC2 names them. */
const RDS_SERIES = /^[tmrx](\d+)/;
const NEWEST_LISTED_GENERATION = 7;

function isRdsFamily(family: string): boolean {
  if (RDS_FAMILIES.has(family)) return true;
  const generation = Number(RDS_SERIES.exec(family)?.[1] ?? 0);
  // The generations of t have other numbers.
  return generation > (family.startsWith("t") ? 4 : NEWEST_LISTED_GENERATION);
}

/** Classes are not smaller than `large`, except those that are burstable, and are no bare metal. */
function isRdsSize(family: string, size: string): boolean {
  return family.startsWith("t") ? /^(micro|small|medium|\d*x?large)$/.test(size) : /^\d*x?large$/.test(size);
}

/**
 * True if EC2 has the instance type: it is in the list of the installed provider, or it is of a newer generation of a
 * listed series.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export function isInstanceType(type: string): boolean {
  if (KNOWN.has(type)) return true;
  const [, series = "", generation, attributes = ""] = NAMING.exec(type) ?? [];
  const ahead = Number(generation) - (newestGeneration.get(series) ?? Number.POSITIVE_INFINITY);
  // Newer families name their processor: a for AMD, g for Graviton, i for Intel.
  return ahead > 0 && ahead <= NEWER_GENERATIONS && /^[agi]/.test(attributes);
}

/** True for an instance type with a Graviton processor. */
export function hasArm64(type: string): boolean {
  return /^(a1|[a-z]+\d+[a-z-]*g[a-z0-9-]*)\.[a-z0-9-]+$/.test(type);
}

/** Returns undefined for a Mac, which no Linux image runs on. */
export function architectureOf(type: string): Architecture | undefined {
  if (type.startsWith("mac")) return undefined;
  return hasArm64(type) ? Architecture.Arm64 : Architecture.X86;
}

export const INSTANCE_TYPE: Requirement<string> = {
  allowed: "an EC2 instance type such as t4g.small",
  holds: isInstanceType,
  remedy: (type) => suggestion(type, [...KNOWN]),
};

/** Types of EC2, with or without further parts for other engines. */
export const INSTANCE_CLASS: Requirement<string> = {
  allowed: "an RDS instance class such as db.t4g.medium",
  holds: (text) => {
    const [prefix, family = "", size, ...more] = text.split(".");
    const type = `${RDS_ONLY_FAMILIES[family] ?? family}.${size}`;
    const isClass = prefix === "db" && isRdsFamily(family) && isRdsSize(family, size ?? "");
    return isClass && isInstanceType(type) && more.every((part) => /^[a-z0-9-]+$/.test(part));
  },
  remedy: (text) => suggestion(text, rdsClasses()),
};

function rdsClasses(): string[] {
  return [...KNOWN].flatMap((type) => {
    const [family = "", size = ""] = type.split(".");
    return isRdsFamily(family) && isRdsSize(family, size) ? `db.${type}` : [];
  });
}

function suggestion(type: string, known: readonly string[]): string {
  const meant = closest(type, known);
  const newer = "A type that is newer than the installed provider needs a newer @pulumi/aws.";
  return meant === undefined ? newer : `Did you mean ${meant}? ${newer}`;
}
