import type { IncomingHttpHeaders } from "node:http";
import { ANSWER_HEADERS, type AnswerHeaders } from "../../contract";

/**
 * The instances that produced an answer: one of the tier `web`, and one of the tier `app` if the web instance called
 * it.
 */
export interface Origin {
  readonly color?: string;
  readonly version?: string;
  readonly appColor?: string;
  readonly appVersion?: string;
}

export function originOf(headers: IncomingHttpHeaders, names: AnswerHeaders = ANSWER_HEADERS): Origin {
  const read = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    color: read(names.color),
    version: read(names.version),
    appColor: read(names.appColor),
    appVersion: read(names.appVersion),
  };
}

/**
 * Describes a violation of the rule that web instances call only app instances of their own color. Undefined if there
 * is none.
 */
export function pairingFault(origin: Origin): string | undefined {
  if (origin.color === undefined) return "a good answer that names no color";
  if (origin.appColor !== undefined && origin.appColor !== origin.color) {
    return `web tier ${origin.color} answered from application tier ${origin.appColor}`;
  }
  if (origin.appVersion !== undefined && origin.appVersion !== origin.version) {
    return `web tier ${origin.version} answered from application tier ${origin.appVersion}, both ${origin.color}`;
  }
  return undefined;
}
