import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface PoolerOptions {
  /** Drops the settings of the startup packet, like PgBouncer with ignore_startup_parameters. */
  readonly dropsOptions?: boolean;
  /** Sends its own key for cancel requests, as poolers do. */
  readonly hasOwnKey?: boolean;
}

/** A TCP proxy with the traits of a connection pooler in front of a PostgreSQL server without TLS. */
export async function startPooler(target: { host: string; port: number }, options: PoolerOptions) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.once("data", (startup) => {
      upstream.write(options.dropsOptions ? withoutOptions(startup) : startup);
      client.pipe(upstream);
    });
    upstream.on("data", (data) => client.write(options.hasOwnKey ? withOwnKey(data) : data));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: address !== null && typeof address === "object" ? address.port : 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function withoutOptions(startup: Buffer): Buffer {
  const texts = startup.subarray(8, -2).toString().split("\0");
  const kept = texts.filter((_, i) => texts[i - (i % 2)] !== "options");
  const body = Buffer.from(`${kept.join("\0")}\0\0`);
  const head = Buffer.from(startup.subarray(0, 8));
  head.writeInt32BE(body.length + 8);
  return Buffer.concat([head, body]);
}

/** Changes the process id in the message BackendKeyData: type K, length 12. */
function withOwnKey(data: Buffer): Buffer {
  const start = data.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (start < 0) return data;
  const changed = Buffer.from(data);
  changed.writeInt32BE(1_234_567, start + 5);
  return changed;
}
