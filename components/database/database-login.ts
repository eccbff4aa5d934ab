import * as pulumi from "@pulumi/pulumi";
import { validateArgs } from "../validation/validate-args";
import { type DatabaseLoginArgs, databaseLoginSpec } from "./database-login-args";
import { createLoginSecret } from "./login-secret";

/**
 * The login of one color: a secret with a password that is new with each deployment.
 *
 * An expand step with the login in `logins` creates its role, or sets its new password, before instances start. The role
 * is a member of the application's role, which has the rights. So a deployment changes no password that the other color
 * uses, and a retired color cannot log in.
 *
 * ```ts
 * const green = new DatabaseLogin("prod-green", { username: "shop_green", deployment: "1.1.0" });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class DatabaseLogin extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = databaseLoginSpec;

  /** The name of the role. */
  public readonly username: string;
  /** The ARN of the secret, `{"username","password"}`. A new password does not change it. */
  public readonly secretArn: pulumi.Output<string>;
  /** The id of the secret's value, which is new with each password. It is known once the secret has its value. */
  public readonly secretVersionId: pulumi.Output<string>;

  constructor(name: string, args: DatabaseLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    const { username, deployment, protect } = validateArgs(DatabaseLogin, name, args, opts);
    super("changeover:index:DatabaseLogin", name, args, opts);
    const { tags } = args;
    const secret = createLoginSecret(this, `${name}-login`, { username, deployment, tags, protect });
    this.username = username;
    this.secretArn = secret.secretArn;
    this.secretVersionId = secret.secretVersionId;
    this.registerOutputs({
      username: this.username,
      secretArn: this.secretArn,
      secretVersionId: this.secretVersionId,
    });
  }
}
