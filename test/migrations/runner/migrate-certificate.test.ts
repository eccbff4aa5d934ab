import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:tls";
import { after, before, describe, it } from "mocha";
import { describeError } from "../../../migrations/runner/migration-error";
import { selfSignedCertificate } from "../../../simulator/certificate";

describe("lambda/migrate and the server's certificate", () => {
  let certificate: string;
  let server: Server;
  before(async () => {
    const pair = await selfSignedCertificate("database", "127.0.0.2");
    certificate = pair.certificate;
    server = createServer({ cert: certificate, key: pair.privateKey });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => void server.close());

  function said(ca?: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca });
      socket.on("error", (error) => resolve(describeError(error)));
      socket.on("secureConnect", () => reject(socket.destroy(new Error("It was taken."))));
    });
  }

  it("tells one for another name, which no authority's file would help, from one that is not trusted", async () => {
    assert.match(await said(), /The server's certificate is not trusted: .* DATABASE_CA_FILE/);
    assert.match(await said(certificate), /The server's certificate is for another name: set DATABASE_HOST/);
  });
});
