import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { World } from "../world";
import { autoscalingOperations } from "./autoscaling-operations";
import { authorize, type Caller, callerOf } from "./caller";
import { elbOperations } from "./elb-operations";
import { actionOfTarget, jsonOperations } from "./json-operations";
import { isLambdaPath, respondLambda } from "./lambda-api";
import { type ApiOperation, type ApiOperations, asAwsError, notSupported } from "./operation";
import { parseQueryForm } from "./query-form";
import { bodyOf } from "./request-body";
import { respondS3 } from "./s3-api";
import { snsOperations } from "./sns-operations";
import { errorXml, queryResponse } from "./xml";

interface QueryService {
  readonly name: string;
  readonly namespace: string;
  readonly operations: ApiOperations;
}

/** Services of the Query protocol, by the version that their clients send. */
const QUERY_SERVICES: Readonly<Record<string, QueryService>> = {
  "2015-12-01": {
    name: "elasticloadbalancing",
    namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    operations: elbOperations,
  },
  "2011-01-01": {
    name: "autoscaling",
    namespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    operations: autoscalingOperations,
  },
  "2010-03-31": {
    name: "sns",
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    operations: snsOperations,
  },
};

/**
 * The AWS API for instances, functions and commands, on 127.0.0.1.
 *
 * One endpoint serves all services. The form of a request identifies the service: JSON with a target header, a form
 * with the version of the service, or a path.
 */
export class AwsApi {
  private readonly server: Server;
  private readonly ending = new AbortController();

  private constructor(private readonly world: () => World) {
    this.server = createServer((request, response) => {
      this.respond(request, response).catch((error: Error) => {
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { "content-type": "text/plain" }).end(error.message);
      });
    });
    this.server.requestTimeout = 30_000;
  }

  /** `world` is a function, because functions and instances need the endpoint before the world exists. */
  static async start(world: () => World): Promise<AwsApi> {
    const api = new AwsApi(world);
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
    this.ending.abort();
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const target = request.headers["x-amz-target"];
    const world = this.world();
    const caller = callerOf(request, world);
    if (request.method === "POST" && typeof target === "string") {
      await this.respondJson(target, (await bodyOf(request)).toString("utf8"), response, caller);
    } else if (request.method === "POST" && url.pathname === "/") {
      const form = new URLSearchParams((await bodyOf(request)).toString("utf8"));
      await this.respondQuery(form, response, caller);
    } else if (isLambdaPath(url.pathname)) {
      await respondLambda(url, request, response, { world, caller, signal: this.ending.signal });
    } else {
      await respondS3(decodeURIComponent(url.pathname), request, response, { world, caller });
    }
  }

  private async run(
    operation: ApiOperation,
    action: string,
    input: unknown,
    caller: Caller,
  ): Promise<unknown> {
    const world = this.world();
    return operation.run(input, world, (targets) => authorize(caller, action, targets, world));
  }

  private async respondJson(
    target: string,
    body: string,
    response: ServerResponse,
    caller: Caller,
  ): Promise<void> {
    const headers = { "content-type": "application/x-amz-json-1.1" };
    try {
      const action = actionOfTarget(target);
      const operation = jsonOperations[action];
      if (!operation) throw notSupported(target);
      const result = await this.run(operation, action, JSON.parse(body), caller);
      response.writeHead(200, headers).end(JSON.stringify(result ?? {}));
    } catch (error) {
      const { code, detail } = asAwsError(error);
      const type = code === "AccessDenied" ? "AccessDeniedException" : code;
      response.writeHead(400, headers).end(JSON.stringify({ __type: type, message: detail }));
    }
  }

  private async respondQuery(form: URLSearchParams, response: ServerResponse, caller: Caller): Promise<void> {
    const headers = { "content-type": "text/xml" };
    try {
      const { Action, Version, ...input } = parseQueryForm(form);
      const service = QUERY_SERVICES[String(Version)];
      const action = `${service?.name ?? `version ${Version}`}:${Action}`;
      const operation = service?.operations[String(Action)];
      if (!service || !operation) throw notSupported(action);
      const result = await this.run(operation, action, input, caller);
      response.writeHead(200, headers).end(queryResponse(String(Action), service.namespace, result));
    } catch (error) {
      const rejection = asAwsError(error);
      const status = rejection.code === "AccessDenied" ? 403 : 400;
      response.writeHead(status, headers).end(errorXml(rejection));
    }
  }
}
