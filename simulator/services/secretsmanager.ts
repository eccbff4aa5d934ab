import type * as secretsmanager from "@pulumi/aws/secretsmanager";
import { randomHex } from "../account";
import { invalidInput, unsupportedInput } from "../errors";
import { type Plain, resourceType, type Service } from "../resource-type";

type SecretArgs = Plain<secretsmanager.SecretArgs>;
type VersionArgs = Plain<secretsmanager.SecretVersionArgs>;

const secret = resourceType<SecretArgs>({
  autoName: { property: "name", maxLength: 512, prefixProperty: "namePrefix" },
  *check({ recoveryWindowInDays: days }) {
    if (days === undefined || days === 0 || (days >= 7 && days <= 30)) return;
    yield invalidInput("recoveryWindowInDays", "0, or 7 to 30", days);
  },
  create(inputs, { world }) {
    const name = inputs.name ?? "";
    const arn = world.account.arn("secretsmanager", `secret:${name}-${randomHex(6)}`);
    world.secrets.create(arn, name);
    return { id: arn, outs: { arn } };
  },
  delete: (arn, outs, { world }) => world.secrets.delete(arn, outs.recoveryWindowInDays !== 0),
});

const version = resourceType<VersionArgs>({
  *check(inputs) {
    const bytes = Buffer.byteLength(inputs.secretString ?? "");
    if (bytes > 65_536) yield invalidInput("secretString", "at most 65536 bytes", bytes);
    for (const property of ["secretBinary", "secretStringWo"] as const) {
      if (inputs[property] !== undefined) yield unsupportedInput(property, "Use secretString.");
    }
  },
  create(inputs, { world }) {
    const versionId = world.secrets.put(inputs.secretId, inputs.secretString ?? "");
    const outs = { arn: inputs.secretId, versionId, versionStages: ["AWSCURRENT"] };
    return { id: `${inputs.secretId}|${versionId}`, outs };
  },
});

export const secretsmanagerService: Service = {
  resources: {
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretVersion:SecretVersion": version,
  },
};
