import type { Requirement } from "../validation/args-spec";
import { TAG_KEY } from "../validation/formats";

/**
 * Keys that a program may give to the parts of a release: updates and IAM policies find its resources by them. Where the
 * components write them too, their value takes precedence.
 */
const KEYS_OF_PROGRAMS = ["changeover:stack", "changeover:program", "changeover:service"];

/** Tags such as `changeover:version` are the memory of a release: another value would block the next flip. */
export const OWN_TAG_KEY: Requirement<string> = {
  allowed: `${TAG_KEY.allowed} or changeover:`,
  holds: (key) => TAG_KEY.pattern.test(key) && !isReserved(key),
  remedy: (key) =>
    isReserved(key) ? "Use another key: tags with this prefix are the component's own." : "Use another key.",
};

function isReserved(key: string): boolean {
  return /^changeover:/i.test(key) && !KEYS_OF_PROGRAMS.includes(key);
}
