import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PullRequest {
  readonly number: number;
  /** `owner:branch` */
  readonly head: string;
  readonly sha: string;
  readonly state?: "open" | "closed";
}

export interface Comment {
  readonly id: number;
  readonly login: string;
  body: string;
}

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization?: string;
}

/** The part of GitHub's REST API that the comment needs, for the repository `o/r`, on 127.0.0.1. */
export class GitHubApi {
  readonly requests: ApiRequest[] = [];
  /** By pull request. */
  readonly comments = new Map<number, Comment[]>();
  /** Error responses, by method. */
  readonly failures = new Map<string, { status: number; body?: string; location?: string }>();
  private readonly server = createServer((request, response) => {
    this.respond(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  constructor(private readonly pulls: readonly PullRequest[]) {}

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    this.requests.push({ method, url, authorization: headers.authorization });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const failure = this.failures.get(method);
    if (failure !== undefined) {
      response.writeHead(failure.status, failure.location ? { location: failure.location } : {});
      response.end(failure.body ?? "");
      return;
    }
    const { status, json } = this.route(method, new URL(url, "http://x"), Buffer.concat(chunks).toString());
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  }

  private route(
    method: string,
    { pathname, searchParams }: URL,
    sent: string,
  ): { status: number; json: unknown } {
    const page = <T>(items: readonly T[]) => {
      const size = Math.min(100, Number(searchParams.get("per_page") ?? 30));
      const from = (Number(searchParams.get("page") ?? 1) - 1) * size;
      return { status: 200, json: items.slice(from, from + size) };
    };
    if (method === "GET" && pathname === "/repos/o/r/pulls") {
      const [state, head] = [searchParams.get("state"), searchParams.get("head")];
      const found = this.pulls.filter((pull) => (pull.state ?? "open") === state && pull.head === head);
      return page(found.map(({ number, sha }) => ({ number, head: { sha } })));
    }
    const list = /^\/repos\/o\/r\/issues\/(\d+)\/comments$/.exec(pathname);
    if (list !== null) {
      const number = Number(list[1]);
      const comments = this.comments.get(number) ?? [];
      if (method === "GET") {
        return page(comments.map(({ id, login, body }) => ({ id, user: { login }, body })));
      }
      if (method === "POST") {
        const { body } = read(sent);
        if (body.length > 65_536) return { status: 422, json: { message: "body is too long" } };
        const made = { id: 1_000 + comments.length, login: "github-actions[bot]", body };
        this.comments.set(number, [...comments, made]);
        return { status: 201, json: made };
      }
    }
    const one = /^\/repos\/o\/r\/issues\/comments\/(\d+)$/.exec(pathname);
    const comment = [...this.comments.values()].flat().find(({ id }) => id === Number(one?.[1]));
    if (method === "PATCH" && comment !== undefined) {
      comment.body = read(sent).body;
      return { status: 200, json: comment };
    }
    return { status: 404, json: { message: "Not Found" } };
  }
}

function read(sent: string): { body: string } {
  return JSON.parse(sent) as { body: string };
}
