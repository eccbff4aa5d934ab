import { ANSWER_IDENTITY, type AnswerIdentity, type JourneyAnswer } from "../../contract";
import { readSource } from "./answer";

/**
 * The instances that produced an answer: one of the tier `web`, and one of the tier `app` if the web instance called
 * it.
 */
export type Origin = Readonly<Partial<Record<keyof AnswerIdentity, string>>>;

export function originOf(answer: JourneyAnswer, own: Partial<AnswerIdentity> = {}): Origin {
  const sources = Object.entries({ ...ANSWER_IDENTITY, ...own }) as [
    keyof AnswerIdentity,
    AnswerIdentity["color"],
  ][];
  const origin: Partial<Record<keyof AnswerIdentity, string>> = {};
  for (const [key, source] of sources) {
    const value = readSource(answer, source);
    if (typeof value === "string" || typeof value === "number") origin[key] = String(value);
  }
  return origin;
}

/**
 * Describes a violation of the rule that web instances call only app instances of their own color. Undefined if there
 * is none.
 */
export function pairingFault({ color, version, appColor, appVersion }: Origin): string | undefined {
  if (appColor !== undefined && color !== undefined && appColor !== color) {
    return `web tier ${color} answered from application tier ${appColor}`;
  }
  if (appVersion !== undefined && version !== undefined && appVersion !== version) {
    return `web tier ${version} answered from application tier ${appVersion}, both ${color ?? "of one color"}`;
  }
  return undefined;
}

/** The color of each version that is deployed, from the marks of the rehearsal. */
export class ColorOfVersion {
  private readonly versions = new Map<string, string>();
  /** True if each version counts as a color of its own, because the deployed ones are not known. */
  versionIsColor = false;

  deployed(color: string, version: string): void {
    if (version === "") this.versions.delete(color);
    else this.versions.set(color, version);
  }

  /** Completes an origin that names only its version. Both colors may have the same version: then there is no color. */
  complete(origin: Origin): Origin {
    if (origin.color !== undefined || origin.version === undefined) return origin;
    if (this.versionIsColor) return { ...origin, color: origin.version };
    const [color, ...others] = [...this.versions].flatMap(([each, version]) =>
      version === origin.version ? [each] : [],
    );
    return color === undefined || others.length > 0 ? origin : { ...origin, color };
  }
}
