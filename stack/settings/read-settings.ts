import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "./parse-settings";
import type { StackSettings } from "./settings";

/** Parses the config of the current stack. @throws ValidationError */
export function readSettings(): StackSettings {
  const namespace = `${pulumi.getProject()}:`;
  const config = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(namespace))
      .map(([key, value]) => [key.slice(namespace.length), value]),
  );
  const encrypted = Object.keys(config).filter((key) => isEncrypted(namespace + key));
  return parseSettings(config, pulumi.getStack(), encrypted);
}

/** The SDK's types lack `isConfigSecret`; `pulumi.Config` would only log a warning. */
function isEncrypted(key: string): boolean {
  const { isConfigSecret } = pulumi.runtime as { isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(key) ?? false;
}
