import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { WeightedTarget } from "./types";

/**
 * Content of the cookie for group stickiness: the target group that receives the client's requests until `expiresAt`.
 */
export interface Sticky {
  readonly targetGroupArn: string;
  /** Unix time in ms. */
  readonly expiresAt: number;
}

/** Encrypts a `Sticky` as a cookie value that a client can neither read nor forge. */
export interface StickySeal {
  seal(sticky: Sticky): string;
  /** Returns undefined if the value was not created with the same key. */
  open(value: string): Sticky | undefined;
}

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createStickySeal(key: Buffer = randomBytes(32)): StickySeal {
  return {
    seal({ targetGroupArn, expiresAt }) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
      const text = cipher.update(`${expiresAt} ${targetGroupArn}`, "utf8");
      const end = cipher.final();
      return Buffer.concat([iv, cipher.getAuthTag(), text, end]).toString("base64url");
    },
    open(value) {
      const bytes = Buffer.from(value, "base64url");
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8");
        const [expiresAt, ...arn] = (text + decipher.final("utf8")).split(" ");
        return { expiresAt: Number(expiresAt), targetGroupArn: arn.join(" ") };
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * Returns the target group that a client's cookie selects. As long as the action lists the group, the cookie applies,
 * even if the weight is 0 or the group has no targets. A group must therefore be removed from the rule before its
 * instances are terminated.
 */
export function stickyTarget(
  cookieHeader: string | undefined,
  targets: readonly WeightedTarget[],
  seal: StickySeal,
  nowMs: number,
): WeightedTarget | undefined {
  for (const value of stickyValues(cookieHeader)) {
    const sticky = seal.open(value);
    if (sticky === undefined || sticky.expiresAt <= nowMs) continue;
    const target = targets.find(({ targetGroupArn }) => targetGroupArn === sticky.targetGroupArn);
    if (target !== undefined) return target;
  }
  return undefined;
}

/** Returns two `Set-Cookie` values. The second is for cross-origin requests, which need `SameSite=None; Secure`. */
export function stickyCookies(sticky: Sticky, seal: StickySeal): string[] {
  const value = seal.seal(sticky);
  const attributes = `Expires=${new Date(sticky.expiresAt).toUTCString()}; Path=/`;
  return [`AWSALBTG=${value}; ${attributes}`, `AWSALBTGCORS=${value}; ${attributes}; SameSite=None; Secure`];
}

function stickyValues(cookieHeader: string | undefined): string[] {
  // Fast path: this runs for each request, and most requests carry only other cookies.
  if (cookieHeader === undefined || !cookieHeader.includes("AWSALBTG")) return [];
  return cookieHeader
    .split(";")
    .map((pair) => /^\s*AWSALBTG(?:CORS)?=(.*?)\s*$/.exec(pair)?.[1])
    .filter((value) => value !== undefined);
}
