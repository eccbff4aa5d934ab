import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { withRetries } from "./retry";

const credentials = z.object({ username: z.string().min(1), password: z.string().min(1) });
export type Credentials = z.infer<typeof credentials>;

const START_LIMIT_MS = 20_000;
/** Limits the calls to Secrets Manager while the database keeps rejecting the password. */
const MIN_REFRESH_INTERVAL_MS = 1_000;

/** Error messages contain the ARN of the secret, never its value. */
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

  /** Retries for up to 20 s if Secrets Manager cannot be reached. */
  static async read(region: string, secretArn: string): Promise<DatabaseSecret> {
    const client = new SecretsManagerClient({ region, maxAttempts: 1 });
    const latest = await withRetries(() => readSecret(client, secretArn), {
      limitMs: START_LIMIT_MS,
      retryable: isTransient,
    });
    return new DatabaseSecret(client, secretArn, latest);
  }

  get current(): Credentials {
    return this.latest;
  }

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

/** False for an error that Secrets Manager returned, such as a missing secret or permission. */
function isTransient(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const own = error instanceof Error && error.message.startsWith("The secret ");
  return !own && (status === undefined || status === 429 || status >= 500);
}
