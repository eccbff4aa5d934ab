import { containsSecret, containsUnknown, type Value } from "../../engine/values/values";

/** Whether an input cannot be read here: it is secret, or only a cloud can tell it. */
export function isHidden(value: Value = null): boolean {
  return containsSecret(value) || containsUnknown(value);
}
