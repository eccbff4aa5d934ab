import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:tls";
import { after, before, describe, it } from "mocha";
import { describeError } from "../../../migrations/runner/migration-error";
import { selfSignedCertificate } from "../../../simulator/certificate";

describe("runner: server certificate", () => {
  let certificate: string;
  let server: Server;
  before(async () => {
    const pair = await selfSignedCertificate("database", "127.0.0.2");
    certificate = pair.certificate;
    server = createServer({ cert: certificate, key: pair.privateKey });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => void server.close());

  function errorText(ca?: string): Promise<string> {
    const { port } = server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca });
      socket.on("error", (error) => resolve(describeError(error)));
      socket.on("secureConnect", () => reject(socket.destroy(new Error("The certificate was accepted."))));
    });
  }

  it("distinguishes a wrong name from an untrusted certificate", async () => {
    assert.match(await errorText(), /The server's certificate is not trusted\. .* DATABASE_CA_FILE/);
    assert.match(
      await errorText(certificate),
      /The server's certificate is for another name\. Set DATABASE_HOST/,
    );
  });
});
