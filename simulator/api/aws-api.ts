import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError } from "../errors";
import type { LoadBalancing } from "../load-balancer/control-plane";
import type { ObjectStore } from "../object-store";
import type { Secrets } from "../secrets";
import { describeTargetHealth, errorXml } from "./xml";

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The parts of the simulator that the API reads. */
export interface ApiState {
  readonly secrets: Secrets;
  readonly loadBalancing: LoadBalancing;
  readonly objects: ObjectStore;
}

/**
 * The AWS API for instances and functions, on 127.0.0.1: GetSecretValue of Secrets Manager, DescribeTargetHealth of
 * Elastic Load Balancing, GetObject of S3.
 *
 * One endpoint serves all three. The form of a request identifies the service: JSON with a target header, a form, or
 * a path.
 */
export class AwsApi {
  private readonly server: Server;

  private constructor(private readonly state: ApiState) {
    this.server = createServer((request, response) => {
      this.respond(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { "content-type": "text/plain" }).end(error.message);
      });
    });
    this.server.requestTimeout = 30_000;
  }

  static async start(state: ApiState): Promise<AwsApi> {
    const api = new AwsApi(state);
    await new Promise<void>((listening, failed) => {
      api.server.once("error", failed);
      api.server.listen(0, "127.0.0.1", listening);
    });
    return api;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const target = request.headers["x-amz-target"];
    if (request.method === "POST" && typeof target === "string") {
      this.respondJson(target, await bodyOf(request), response);
    } else if (request.method === "POST" && url.pathname === "/") {
      this.respondQuery(new URLSearchParams(await bodyOf(request)), response);
    } else {
      this.respondS3(request.method ?? "", decodeURIComponent(url.pathname), response);
    }
  }

  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
  private respondJson(target: string, body: string, response: ServerResponse): void {
    const headers = { "content-type": "application/x-amz-json-1.1" };
    try {
      if (target !== "secretsmanager.GetSecretValue") throw notSupported(target);
      const { SecretId } = JSON.parse(body) as { SecretId?: string };
      const { arn, name, value, versionId } = this.state.secrets.get(SecretId ?? "");
      const found = { ARN: arn, Name: name, SecretString: value, VersionId: versionId };
      response.writeHead(200, headers).end(JSON.stringify({ ...found, VersionStages: ["AWSCURRENT"] }));
    } catch (error) {
      const { code, detail } = asAwsError(error);
      response.writeHead(400, headers).end(JSON.stringify({ __type: code, message: detail }));
    }
  }

  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html */
  private respondQuery(form: URLSearchParams, response: ServerResponse): void {
    const headers = { "content-type": "text/xml" };
    try {
      const action = form.get("Action") ?? "none";
      if (action !== "DescribeTargetHealth") throw notSupported(`elasticloadbalancing.${action}`);
      const health = this.state.loadBalancing.health(form.get("TargetGroupArn") ?? "");
      response.writeHead(200, headers).end(describeTargetHealth(health));
    } catch (error) {
      response.writeHead(400, headers).end(errorXml(asAwsError(error)));
    }
  }

  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, path style */
  private respondS3(method: string, path: string, response: ServerResponse): void {
    try {
      const [, bucket = "", key = ""] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
      if ((method !== "GET" && method !== "HEAD") || key === "") throw notSupported(`s3: ${method} ${path}`);
      const { file, etag, contentType } = this.state.objects.get(bucket, key);
      response.writeHead(200, { "content-type": contentType, etag: `"${etag}"` });
      if (method === "HEAD") response.end();
      else createReadStream(file).pipe(response);
    } catch (error) {
      const rejection = asAwsError(error);
      const status = /^NoSuch/.test(rejection.code) ? 404 : 400;
      response.writeHead(status, { "content-type": "application/xml" }).end(errorXml(rejection));
    }
  }
}

function notSupported(operation: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `${operation} is not supported by the simulator. Add it in simulator/api/.`,
  );
}

function asAwsError(error: unknown): AwsError {
  return error instanceof AwsError ? error : new AwsError("InternalFailure", (error as Error).message);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error(`A request body must be at most ${BODY_LIMIT_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
