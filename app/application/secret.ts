/** The database's user and password, from Secrets Manager. */

import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { withRetries } from "./retry";

const credentials = z.object({ username: z.string().min(1), password: z.string().min(1) });
export type Credentials = z.infer<typeof credentials>;

/** How long a start waits for the secret. */
const START_LIMIT_MS = 20_000;
/** A password that is refused again and again must not become a flood of calls. */
const MIN_REFRESH_INTERVAL_MS = 1_000;

/** Messages name the secret, never its content. */
async function readSecret(client: SecretsManagerClient, secretArn: string): Promise<Credentials> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }), {
    requestTimeout: 3_000,
  });
  let content: unknown;
  try {
    content = JSON.parse(SecretString ?? "");
  } catch {
    content = undefined;
  }
  const parsed = credentials.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new Error(`The secret ${secretArn} is not JSON with the texts "username" and "password".`);
}

export class DatabaseSecret {
  private refreshing: Promise<void> | undefined;
  private refreshedAt = 0;

  private constructor(
    private readonly client: SecretsManagerClient,
    private readonly secretArn: string,
    private latest: Credentials,
  ) {}

  /** Reads the secret; a service that cannot be reached is asked again for up to 20 s. */
  static async read(region: string, secretArn: string): Promise<DatabaseSecret> {
    const client = new SecretsManagerClient({ region, maxAttempts: 1 });
    const latest = await withRetries(() => readSecret(client, secretArn), {
      limitMs: START_LIMIT_MS,
      retryable: isPassing,
    });
    return new DatabaseSecret(client, secretArn, latest);
  }

  get current(): Credentials {
    return this.latest;
  }

  /** Reads it again, after the password was refused. Calls at the same time share one reading. */
  refresh(): Promise<void> {
    if (performance.now() - this.refreshedAt < MIN_REFRESH_INTERVAL_MS) return Promise.resolve();
    this.refreshing ??= readSecret(this.client, this.secretArn)
      .then((read) => {
        this.latest = read;
      })
      .finally(() => {
        this.refreshedAt = performance.now();
        this.refreshing = undefined;
      });
    return this.refreshing;
  }

  release(): void {
    this.client.destroy();
  }
}

/** The service's own refusals (no such secret, no permission) stay as they are; the rest may pass. */
function isPassing(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const own = error instanceof Error && error.message.startsWith("The secret ");
  return !own && (status === undefined || status === 429 || status >= 500);
}
