import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import * as tls from "node:tls";
import { serveHttp2 } from "./http2-bridge";
import type { TlsCertificate, TlsSettings } from "./types";

/** First byte of a TLS connection: the content type of a handshake record. */
const TLS_HANDSHAKE = 22;
const HANDSHAKE_LIMIT_MS = 10_000;

/** Terminates TLS on a port that also accepts plain HTTP. */
export class TlsFront {
  private server: tls.Server | undefined;
  /** The open connections, by the port of the client. */
  private readonly connections = new Map<number, Socket>();

  /** @param serve receives the decrypted connections, on which clients speak HTTP/1.1 */
  constructor(private readonly serve: (client: Duplex) => void) {}

  configure({ certificates, minVersion, maxVersion = "TLSv1.3" }: TlsSettings): void {
    const [first, ...others] = certificates;
    if (first === undefined) throw new Error("TLS needs a certificate, got none.");
    const named = others.map((each) => ({ names: each.names, context: contextOf(each) }));
    const server = tls.createServer({
      key: first.privateKey,
      cert: first.certificate,
      minVersion,
      maxVersion,
      ALPNProtocols: ["h2", "http/1.1"],
      handshakeTimeout: HANDSHAKE_LIMIT_MS,
      // Without a context, the default certificate is used.
      SNICallback: (name, callback) => {
        const found = named.find(({ names }) => names.some((pattern) => matchesName(pattern, name)));
        callback(null, found?.context);
      },
    });
    server.on("secureConnection", (client) => this.accepted(client));
    this.server = server;
  }

  /** @param acceptPlain called for a connection without TLS */
  accept(client: Socket, acceptPlain: () => void): void {
    const { server } = this;
    if (server === undefined) {
      acceptPlain();
      return;
    }
    const failed = () => client.destroy();
    client.on("error", failed);
    client.setTimeout(HANDSHAKE_LIMIT_MS, failed);
    client.once("readable", () => {
      client.setTimeout(0);
      client.off("timeout", failed);
      client.off("error", failed);
      const head = client.read() as Buffer | null;
      if (head === null) return; // The client has left.
      client.unshift(head);
      if (head[0] !== TLS_HANDSHAKE) return acceptPlain();
      client.on("error", failed);
      const { remotePort = 0 } = client;
      this.connections.set(remotePort, client);
      client.on("close", () => this.connections.delete(remotePort));
      server.emit("connection", client);
    });
  }

  /** The TCP connection of a decrypted connection or an HTTP/2 stream, or the connection itself. */
  connectionOf(client: Duplex & { readonly remotePort?: number }): Socket {
    return this.connections.get(client.remotePort ?? 0) ?? (client as Socket);
  }

  private accepted(client: tls.TLSSocket): void {
    client.on("error", () => client.destroy());
    if (client.alpnProtocol === "h2") serveHttp2(client, this.serve);
    else this.serve(client);
  }
}

function contextOf({ certificate, privateKey }: TlsCertificate): tls.SecureContext {
  return tls.createSecureContext({ cert: certificate, key: privateKey });
}

function matchesName(pattern: string, name: string): boolean {
  if (!pattern.startsWith("*.")) return pattern === name;
  const [, ...rest] = name.split(".");
  return rest.join(".") === pattern.slice(2);
}
