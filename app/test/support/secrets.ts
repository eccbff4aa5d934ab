import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Credentials {
  username: string;
  password: string;
}

/** GetSecretValue for one secret. */
export interface SecretsManager {
  readonly url: string;
  readonly arn: string;
  readonly reads: number;
  credentials: Credentials;
  /** While set, it answers with this status and no secret. */
  failWith: number | undefined;
  stop(): Promise<void>;
}

export async function startSecretsManager(credentials: Credentials): Promise<SecretsManager> {
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf";
  let reads = 0;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      reads++;
      const { SecretId } = JSON.parse(Buffer.concat(pieces).toString()) as { SecretId: string };
      const wanted = request.headers["x-amz-target"] === "secretsmanager.GetSecretValue" && SecretId === arn;
      const status = manager.failWith ?? (wanted ? 200 : 400);
      const answer =
        status === 200
          ? { ARN: arn, Name: "app", SecretString: JSON.stringify(manager.credentials) }
          : { __type: status === 400 ? "ResourceNotFoundException" : "InternalServiceError", message: "no" };
      response
        .writeHead(status, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const manager: SecretsManager = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arn,
    get reads() {
      return reads;
    },
    credentials,
    failWith: undefined,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return manager;
}
