import { COLORS, type Color } from "../../components/fleet/color";
import { Words } from "../../components/validation/invalid-argument";
import type { Refusal } from "../validation-error";
import { canServe, type LastRelease, type WantedRelease } from "./release-context";
import { brokenBy, contractedScripts, type ScriptFacts } from "./scripts";

/** What is wrong with a release because of the shape that the database has, or would have. */
export function refuseSchema(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Refusal[] {
  const applied = contractedScripts({ ...wanted, contractThrough: undefined }, last, scripts);
  const asked = contractedScripts(wanted, last, scripts).filter((script) => !applied.includes(script));
  return [
    ...refuseMissing(wanted, last, scripts),
    ...COLORS.flatMap((color) => [
      ...refuseTooOld(wanted, color, applied),
      ...refuseContract(wanted, last, color, asked),
    ]),
  ];
}

/** Contract scripts that the config or the database names, and the folder has not. */
function refuseMissing(
  { contractThrough }: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
): Refusal[] {
  const ids = scripts.filter(({ phase }) => phase === "contract").map(({ id }) => id);
  const refusals: Refusal[] = [];
  if (contractThrough !== undefined && !ids.includes(contractThrough)) {
    refusals.push({
      what: "contractThrough",
      got: contractThrough,
      allowed: `the id of a contract script: ${ids.join(", ") || "there is none yet"}`,
      todo: "Name the last script that may run, or remove the setting: `pulumi config rm contractThrough`.",
    });
  }
  const lost = last?.contracted?.through;
  if (lost !== undefined && !ids.includes(lost)) {
    refusals.push({
      what: "migrations",
      got: new Words(`a folder without ${lost}.contract.sql`),
      allowed: "a folder with every script that is applied, this one among them",
      todo: "Bring the script back: what it removed decides which versions may run.",
    });
  }
  return refusals;
}

/** A version that cannot run on the shape which the database has already. */
function refuseTooOld(wanted: WantedRelease, color: Color, applied: readonly ScriptFacts[]): Refusal[] {
  const version = wanted.versions[color];
  if (version === undefined || !canServe(wanted, color)) return [];
  const needs = brokenBy(version, applied);
  if (!needs.oldest) return [];
  const orOff = hasNoUsers(wanted, color) ? `, or idle to off while ${color} has no users` : "";
  return [
    {
      what: `${color}Version`,
      got: version,
      allowed: `${needs.oldest} or later, because ${version} needs what ${needs.files} removed`,
      todo: `Set ${color}Version to ${needs.oldest} or later${orOff}.`,
    },
  ];
}

/** Contract scripts that would break what a color runs, or ran until this update. */
function refuseContract(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  color: Color,
  asked: readonly ScriptFacts[],
): Refusal[] {
  const what = "contractThrough";
  const got = wanted.contractThrough;
  const version = wanted.versions[color];
  const serving = version !== undefined && canServe(wanted, color) ? version : undefined;
  const needs = brokenBy(serving, asked);
  if (needs.oldest) {
    const deploy = hasNoUsers(wanted, color)
      ? `Deploy ${needs.oldest} or later to ${color}, or retire it with idle: off`
      : `Move the users to a color with ${needs.oldest} or later first`;
    return [
      {
        what,
        got,
        allowed: `a script that no color which can serve still needs: ${color} runs ${serving}, which needs what ${needs.files} would remove`,
        todo: `${deploy}, or take contractThrough back.`,
      },
    ];
  }
  const leaving = last?.versions[color];
  const left = brokenBy(leaving === version ? undefined : leaving, asked);
  if (!left.oldest) return [];
  return [
    {
      what,
      got,
      allowed: `nothing that ${leaving} needs, in the update that takes it off ${color}: its servers go at the very end, after ${left.files}`,
      todo: "Run `pulumi up` without contractThrough first, then with it.",
    },
  ];
}

function hasNoUsers({ live, canaryPercent }: WantedRelease, color: Color): boolean {
  return color !== live && canaryPercent === 0;
}
