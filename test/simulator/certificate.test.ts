import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { selfSignedCertificate } from "../../simulator/certificate";

describe("simulator: certificate", () => {
  it("certificate: is valid now, for its address, with its own key", async () => {
    const { certificate, privateKey } = await selfSignedCertificate("simulator", "127.0.0.1");
    const read = new X509Certificate(certificate);
    assert.equal(read.subject, "CN=simulator");
    assert.equal(read.checkIP("127.0.0.1"), "127.0.0.1");
    assert.equal(read.checkIP("127.0.0.2"), undefined);
    assert.ok(read.ca);
    assert.ok(read.verify(read.publicKey));
    assert.ok(read.checkPrivateKey(createPrivateKey(privateKey)));
    assert.ok(Date.parse(read.validFrom) < Date.now() && Date.now() < Date.parse(read.validTo));
  });
});
