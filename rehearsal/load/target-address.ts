import http from "node:http";
import https from "node:https";
import type { ClientOptions } from "ws";
import type { LoadSettings } from "./options";

/** The address to which a load is sent, and the way there. */
export class TargetAddress {
  private readonly url: URL;

  constructor(
    url: string,
    private readonly via?: LoadSettings["via"],
  ) {
    this.url = new URL(url);
  }

  createAgent(options: http.AgentOptions): http.Agent {
    return this.isSecure ? new https.Agent(options) : new http.Agent(options);
  }

  /**
   * Opens a request. An absolute URL as its path, as in a `location` header, is requested from the same host as all
   * others.
   */
  request(path: string, { headers, ...options }: http.RequestOptions): http.ClientRequest {
    const { pathname, search } = new URL(path, this.url);
    const { request } = this.isSecure ? https : http;
    return request({
      ...options,
      ...this.connection(),
      path: pathname + search,
      headers: { ...(headers as http.OutgoingHttpHeaders), host: this.url.host },
    });
  }

  /** The arguments for a WebSocket. */
  webSocket(path: string): [address: URL, options: ClientOptions] {
    const address = new URL(path, this.url);
    address.protocol = this.isSecure ? "wss:" : "ws:";
    if (this.via === undefined) return [address, {}];
    const { host, port, ...tls } = this.connection();
    const options: https.RequestOptions = { ...tls, headers: { host: this.url.host } };
    address.host = `${host}:${port}`;
    return [address, options as ClientOptions];
  }

  private get isSecure(): boolean {
    return this.url.protocol === "https:";
  }

  private connection(): https.RequestOptions {
    const { hostname, port } = this.url;
    const defaultPort = this.isSecure ? 443 : 80;
    const tls = this.isSecure ? { servername: hostname, ca: this.via?.certificateAuthority } : {};
    return {
      ...tls,
      host: this.via?.host ?? hostname,
      port: this.via?.port ?? (port === "" ? defaultPort : Number(port)),
    };
  }
}
