import type { IncomingMessage } from "node:http";

/** True for a request that arrived over TLS. */
export function isEncrypted(request: IncomingMessage): boolean {
  return (request.socket as { encrypted?: boolean }).encrypted === true;
}
