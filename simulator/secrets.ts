import { randomUUID } from "node:crypto";
import { AwsError } from "./errors";

interface Secret {
  readonly arn: string;
  readonly name: string;
  current?: { readonly value: string; readonly versionId: string };
  /** During the recovery window, the name of a deleted secret cannot be reused. */
  scheduledForDeletion: boolean;
}

/** The secrets and their values, in memory only. */
export class Secrets {
  private readonly byArn = new Map<string, Secret>();

  create(arn: string, name: string): void {
    for (const secret of this.byArn.values()) {
      if (secret.name !== name) continue;
      if (secret.scheduledForDeletion) {
        throw new AwsError(
          "InvalidRequestException",
          `You can't create this secret because a secret with this name is already scheduled for deletion: ${name}`,
        );
      }
      throw new AwsError("ResourceExistsException", `A secret with the name ${name} already exists`);
    }
    this.byArn.set(arn, { arn, name, scheduledForDeletion: false });
  }

  /** Stores a new value and returns its version id. */
  put(arn: string, value: string): string {
    const versionId = randomUUID();
    this.live(arn).current = { value, versionId };
    return versionId;
  }

  /** Finds a secret by ARN or name, as GetSecretValue does. */
  get(id: string): { arn: string; name: string; value: string; versionId: string } {
    const { arn, name, current } = this.live(id);
    if (!current) {
      throw new AwsError(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      );
    }
    return { arn, name, ...current };
  }

  /** True if a secret has this ARN. */
  has(arn: string): boolean {
    return this.byArn.has(arn);
  }

  values(): string[] {
    return [...this.byArn.values()].flatMap(({ current }) => (current ? [current.value] : []));
  }

  delete(arn: string, recoverable: boolean): void {
    const secret = this.byArn.get(arn);
    if (!secret) return;
    secret.current = undefined;
    if (recoverable) secret.scheduledForDeletion = true;
    else this.byArn.delete(arn);
  }

  private live(id: string): Secret {
    const found = this.byArn.get(id) ?? [...this.byArn.values()].find(({ name }) => name === id);
    if (!found || found.scheduledForDeletion) {
      throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    }
    return found;
  }
}
