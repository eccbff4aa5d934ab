import type { IncomingHttpHeaders } from "node:http";

/** Who made an answer: the web instance, and the application instance if that tier was asked. */
export interface Origin {
  readonly color?: string;
  readonly version?: string;
  readonly appColor?: string;
  readonly appVersion?: string;
}

export function originOf(headers: IncomingHttpHeaders): Origin {
  const read = (name: string) => {
    const value = headers[`x-changeover-${name}`];
    return typeof value === "string" ? value : undefined;
  };
  return {
    color: read("color"),
    version: read("version"),
    appColor: read("app-color"),
    appVersion: read("app-version"),
  };
}

/** Why an answer breaks the pairing of the tiers (blue web servers talk to blue application servers only). */
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
