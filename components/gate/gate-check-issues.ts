/** Compares the args of a gate check with each other. Pure functions; values that are unknown until apply have no issue. */

import { COLOR_HEADER, COLORS, type Color, otherColor, SERVICE_HEADER } from "../fleet/color";
import { entryPath, requirementIssue } from "../validation/find-issues";
import { isUnknown } from "../validation/unknown";
import { type ValidationIssue, ValueDescription } from "../validation/validation-issue";

type Found = (ValidationIssue | undefined)[];

/** Returns issues for headers with which a request would not reach the color, or would reach the other one as well. */
export function headerIssues(
  key: string,
  headers: Readonly<Record<string, unknown>>,
  color: Color,
  service: string | undefined,
): Found {
  // Pulumi leaves out entries that are undefined.
  const names = Object.keys(headers).filter((name) => headers[name] !== undefined);
  const lowerCase = names.map((name) => name.toLowerCase());
  const twice = names.filter((_, index) => lowerCase.indexOf(lowerCase[index] ?? "") < index);
  const given = (name: string) => headers[names[lowerCase.indexOf(name)] ?? ""];
  const required = { [COLOR_HEADER]: color, ...(service === undefined ? {} : { [SERVICE_HEADER]: service }) };
  return [
    ...twice.map((name) => ({
      key: entryPath(key, name),
      allowed: "the only header with this name (upper and lower case are equal)",
      got: new ValueDescription("a second one"),
      remedy: "Remove one of the two.",
    })),
    ...Object.entries(required).map(([name, wanted]) => {
      const value = given(name);
      if (isUnknown(value) || String(value).toLowerCase() === wanted.toLowerCase()) return undefined;
      const other = name === SERVICE_HEADER ? ", or leave out service if the fleet has none" : "";
      return {
        key,
        allowed: `headers with ${name}: ${wanted}`,
        got: new ValueDescription(value === undefined ? "none with that name" : `the value ${String(value)}`),
        remedy: `Give colorHeaders.${color} of the fleet${other}.`,
      };
    }),
  ];
}

interface TargetGroups {
  readonly color: Color;
  readonly tiers: readonly { readonly targetGroupArn: unknown; readonly otherTargetGroupArn?: unknown }[];
  readonly production?: { readonly targetGroupArns: Readonly<Record<Color, unknown>> } | undefined;
}

/** Each tier has target groups of its own, and those of the production rule are the ones of a tier. */
export function targetGroupIssues({ color, tiers, production }: TargetGroups): Found {
  const groups = tiers.flatMap(({ targetGroupArn, otherTargetGroupArn }, index) => [
    { key: `tiers[${index}].targetGroupArn`, arn: targetGroupArn },
    // In a program that is not written in TypeScript, an output may resolve to null.
    { key: `tiers[${index}].otherTargetGroupArn`, arn: otherTargetGroupArn ?? undefined },
  ]);
  const shared = groups.map(({ key, arn }, index) =>
    requirementIssue(key, arn, {
      allowed: "different from the other target groups of the check",
      holds: () => groups.findIndex((other) => other.arn === arn) === index,
      remedy: "Give the target groups of the tier, one for each color.",
    }),
  );
  if (production === undefined) return shared;
  const foreign = COLORS.map((each) => {
    const ofTiers = tiers.map((tier) => (each === color ? tier.targetGroupArn : tier.otherTargetGroupArn));
    if (ofTiers.some((arn) => arn === undefined || arn === null || isUnknown(arn))) return undefined;
    return requirementIssue(`production.targetGroupArns.${each}`, production.targetGroupArns[each], {
      allowed: `the ${each === color ? "targetGroupArn" : "otherTargetGroupArn"} of a tier, because ${color} is checked`,
      holds: () => ofTiers.includes(production.targetGroupArns[each]),
      remedy: `Give the target groups of the tier with the production rule; those of ${otherColor(color)} are its otherTargetGroupArn.`,
    });
  });
  return [...shared, ...foreign];
}

interface Shift {
  readonly serialBefore: number;
  readonly serial: number;
}

export function serialIssue({ serialBefore, serial }: Shift): ValidationIssue | undefined {
  if (serialBefore <= serial) return undefined;
  return {
    key: "production.serialBefore",
    allowed: `${serial} (serial) or less`,
    got: serialBefore,
    remedy: "Give the number of the last shift before this update.",
  };
}
