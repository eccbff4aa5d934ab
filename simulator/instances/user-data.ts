import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { z } from "zod";
import { readShellScript, type ShellCommand } from "./shell-script";
import { SUPPORTED_USER_DATA, UnsupportedUserDataError } from "./unsupported";

/** Values for cloud-init's template variables. */
export interface InstanceFacts {
  readonly instanceId: string;
  readonly localIpv4: string;
  readonly region: string;
}

const file = z.strictObject({
  path: z.string().startsWith("/"),
  content: z.string().default(""),
  permissions: z
    .string()
    .regex(/^0?[0-7]{3}$/)
    .optional(),
  owner: z.string().optional(),
  encoding: z.enum(["b64", "base64", "text/plain"]).optional(),
});

const config = z.strictObject({
  packages: z.array(z.string()).default([]),
  package_update: z.boolean().optional(),
  package_upgrade: z.boolean().optional(),
  write_files: z.array(file).default([]),
  runcmd: z.array(z.union([z.string(), z.array(z.coerce.string()).min(1)])).default([]),
});

/** The effect of user data at the first boot: it writes files, then runs commands. */
export interface BootPlan {
  readonly files: readonly z.infer<typeof file>[];
  readonly commands: readonly ShellCommand[];
}

/** @see https://cloudinit.readthedocs.io/en/latest/explanation/instancedata.html */
function renderTemplate(text: string, facts: InstanceFacts): string {
  const values: Record<string, string> = {
    "v1.instance_id": facts.instanceId,
    "v1.region": facts.region,
    "ds.meta_data.instance_id": facts.instanceId,
    "ds.meta_data.local_ipv4": facts.localIpv4,
    "ds.meta_data.placement.region": facts.region,
  };
  return text.replace(/\{\{\s*(.*?)\s*\}\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new UnsupportedUserDataError(
      `User data must use only ${Object.keys(values).join(", ")} in templates, got {{ ${name} }}.`,
    );
  });
}

/**
 * Parses the user data of a launch template as cloud-init does: a `#cloud-config`, or a shell script.
 *
 * @throws UnsupportedUserDataError if it needs a feature that the simulator does not support
 */
export function readUserData(base64: string, facts: InstanceFacts): BootPlan {
  const bytes = Buffer.from(base64, "base64");
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  let text = (zipped ? gunzipSync(bytes) : bytes).toString("utf8");
  if (/^## template: jinja\s*\n/.test(text)) {
    text = renderTemplate(text.slice(text.indexOf("\n") + 1), facts);
  }
  if (/^#!\s*\/(usr\/)?bin\/(env\s+)?(ba)?sh\b/.test(text))
    return { files: [], commands: readShellScript(text) };
  if (text.startsWith("#cloud-config")) return readCloudConfig(text);
  const [first = ""] = text.split("\n");
  throw new UnsupportedUserDataError(
    `User data must begin with #cloud-config or #!/bin/bash in the simulator, got ${JSON.stringify(first.slice(0, 60))}. ` +
      SUPPORTED_USER_DATA,
  );
}

function readCloudConfig(text: string): BootPlan {
  const read = config.safeParse(parse(text) ?? {});
  if (!read.success) {
    throw new UnsupportedUserDataError(
      `User data is not supported by the simulator:\n${z.prettifyError(read.error)}\n${SUPPORTED_USER_DATA}`,
    );
  }
  const { write_files, runcmd } = read.data;
  const commands = runcmd.flatMap((command) =>
    typeof command === "string" ? readShellScript(command) : [{ words: command }],
  );
  return { files: write_files, commands };
}
