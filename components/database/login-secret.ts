import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { withTags } from "../tags/resource-tags";
import type { TaggedArgs } from "../tags/tagged-args";

export interface LoginSecretSettings {
  readonly username: string;
  /** A new value gives a new password. */
  readonly deployment?: string;
  readonly tags: TaggedArgs["tags"];
  readonly protect: boolean;
}

export interface LoginSecret {
  readonly password: pulumi.Output<string>;
  /** The ARN of the secret. A new password does not change it. */
  readonly secretArn: pulumi.Output<string>;
  /** The same ARN, known once the secret has its value. */
  readonly filledSecretArn: pulumi.Output<string>;
  readonly secretVersionId: pulumi.Output<string>;
}

/** Creates a random password and a secret `{"username","password"}`. */
export function createLoginSecret(
  parent: pulumi.Resource,
  name: string,
  { username, deployment, tags, protect }: LoginSecretSettings,
): LoginSecret {
  const opts = { parent };
  const { result: password } = new RandomPassword(
    name,
    {
      length: 40,
      // RDS rejects / @ " and space in a password.
      special: false,
      keepers: deployment === undefined ? undefined : { deployment },
    },
    opts,
  );
  const secret = new secretsmanager.Secret(
    name,
    {
      description: `Login ${username}`,
      recoveryWindowInDays: protect ? 30 : 0,
      tags: withTags(tags, { name }),
    },
    { parent, protect },
  );
  const value = new secretsmanager.SecretVersion(
    name,
    { secretId: secret.id, secretString: pulumi.jsonStringify({ username, password }) },
    opts,
  );
  return {
    password,
    secretArn: secret.arn,
    filledSecretArn: value.arn,
    secretVersionId: value.versionId,
  };
}
