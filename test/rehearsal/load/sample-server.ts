import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

interface StoredRecord {
  id: string;
  patientName: string;
  note: string;
  createdAt: string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The session cookie's value. */
  readonly session: string | undefined;
  /** Counts all requests of the server from 1. */
  readonly number: number;
}

/** Injected faults; each function is called for every request. */
export interface Faults {
  /** @returns true when it has answered */
  intercept?(asked: Asked, response: ServerResponse): boolean;
  /** Delay of the answer. */
  delayMs?(asked: Asked): number;
  headers?(asked: Asked): Record<string, string>;
  /** Changes a good answer's body. */
  alter?(asked: Asked, body: Record<string, unknown>): Record<string, unknown>;
  /** @returns true when it has handled the message */
  interceptMessage?(seq: number, socket: WebSocket): boolean;
}

export interface SampleServer {
  readonly url: string;
  color: string;
  readonly faults: Faults;
  readonly seen: { requests: number; logins: number; messages: number; uploads: number };
  readonly sockets: ReadonlySet<WebSocket>;
  /** @returns the number of sessions */
  forgetSessions(): number;
  close(): Promise<void>;
}

/** The sample's HTTP routes in memory. */
export async function startSampleServer(faults: Faults = {}, port = 0): Promise<SampleServer> {
  const sessions = new Map<string, { user: string; createdAt: string }>();
  const records = new Map<string, StoredRecord & { user: string }>();
  const uploads = new Map<string, { id: string; bytes: number; sha256: string }>();
  const seen = { requests: 0, logins: 0, messages: 0, uploads: 0 };
  const add = (user: string, patientName: string, note: string): StoredRecord => {
    const record = { id: String(records.size + 1), patientName, note, createdAt: new Date().toISOString() };
    records.set(record.id, { ...record, user });
    return record;
  };
  for (let n = 0; n < 5; n++) add("seed", "Ada Lovelace", `seeded ${n}`);

  const visible = ({ user: _, ...record }: StoredRecord & { user: string }): StoredRecord => record;
  const tokenOf = (request: IncomingMessage) =>
    /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  const sessionOf = (request: IncomingMessage) => sessions.get(tokenOf(request) ?? "");

  const http = createServer(
    (request, response) => void answer(request, response).catch(() => request.destroy()),
  );

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = {
      method: request.method ?? "",
      path: request.url ?? "",
      session: tokenOf(request),
      number: ++seen.requests,
    };
    const { method, path } = asked;
    if (method === "POST" && path === "/uploads") seen.uploads++;
    if (faults.intercept?.(asked, response)) return;
    const hash = createHash("sha256");
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      chunks.push(chunk);
    }
    const raw = Buffer.concat(chunks);
    const delayMs = faults.delayMs?.(asked) ?? 0;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));

    const origin = {
      "x-changeover-color": server.color,
      "x-changeover-version": "1.0.0",
      "x-changeover-app-color": server.color,
      "x-changeover-app-version": "1.0.0",
    };
    const send = (status: number, body: Record<string, unknown>, headers: Record<string, string> = {}) => {
      const altered = status < 300 ? (faults.alter?.(asked, body) ?? body) : body;
      response.writeHead(status, { ...origin, ...headers, ...faults.headers?.(asked) });
      response.end(status === 204 ? undefined : JSON.stringify(altered));
    };

    if (method === "POST" && path === "/login") {
      const { user } = JSON.parse(raw.toString()) as { user: string };
      const token = `t${++seen.logins}`;
      sessions.set(token, { user, createdAt: new Date().toISOString() });
      return send(200, { user }, { "set-cookie": `session=${token}; HttpOnly; SameSite=Lax` });
    }
    const session = sessionOf(request);
    if (session === undefined) return send(401, { error: "no session" });
    if (method === "POST" && path === "/logout") {
      sessions.delete(tokenOf(request) ?? "");
      return send(204, {});
    }
    if (path === "/session") return send(200, { ...session });
    if (method === "POST" && path === "/records") {
      const sent = JSON.parse(raw.toString()) as { patientName: string; note: string };
      return send(201, { ...add(session.user, sent.patientName, sent.note) });
    }
    if (path.startsWith("/records?")) {
      const own = [...records.values()].filter(({ user }) => user === "seed" || user === session.user);
      return send(200, { records: own.reverse().slice(0, 20).map(visible) });
    }
    const record = records.get(/^\/records\/(.+)$/.exec(path)?.[1] ?? "");
    if (record !== undefined) return send(200, { ...visible(record) });
    if (method === "POST" && path === "/uploads") {
      const upload = { id: `u${uploads.size + 1}`, bytes: raw.length, sha256: hash.digest("hex") };
      uploads.set(upload.id, upload);
      return send(201, { ...upload });
    }
    const upload = uploads.get(/^\/uploads\/(.+)$/.exec(path)?.[1] ?? "");
    if (upload !== undefined) return send(200, { ...upload });
    return send(404, { error: "not found" });
  }

  const webSockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    if (request.url !== "/live" || sessionOf(request) === undefined) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("message", (data) => {
        seen.messages++;
        const { seq } = JSON.parse(String(data)) as { seq: number };
        if (faults.interceptMessage?.(seq, webSocket)) return;
        webSocket.send(JSON.stringify({ ack: seq, color: server.color, version: "1.0.0" }));
      });
    });
  });

  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  const server: SampleServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    color: "blue",
    faults,
    seen,
    sockets: webSockets.clients,
    forgetSessions: () => {
      const { size } = sessions;
      sessions.clear();
      return size;
    },
    close: () =>
      new Promise((resolve) => {
        for (const webSocket of webSockets.clients) webSocket.terminate();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  return server;
}
