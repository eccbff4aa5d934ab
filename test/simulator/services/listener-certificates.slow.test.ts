import assert from "node:assert/strict";
import { once } from "node:events";
import * as tls from "node:tls";
import { CertificateAuthority } from "../../../simulator/certificate";
import { createNetwork, type Resource, type TestSimulator, withSimulator } from "../stack";

const HOSTS = ["shop.example.com", "help.example.com"];

describe("simulator: certificates of a listener", () => {
  it("keeps further certificates when the listener is updated", async () => {
    await withSimulator(async (stack) => {
      const authority = await CertificateAuthority.create("test");
      const [shop, help] = await Promise.all(HOSTS.map((host) => importCertificate(stack, authority, host)));
      assert.ok(shop && help);
      const { loadBalancer, listener, inputs } = await createListener(stack, shop);
      await stack.create("aws:lb/listenerCertificate:ListenerCertificate", "help", {
        listenerArn: listener.id,
        certificateArn: help.id,
      });
      const port = stack.simulator.balancers().get(loadBalancer.id)?.port;
      assert.ok(port);
      assert.deepEqual(await Promise.all(HOSTS.map((host) => servedName(port, host))), HOSTS);

      await stack.update(listener, { ...inputs, sslPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06" });
      assert.deepEqual(await Promise.all(HOSTS.map((host) => servedName(port, host))), HOSTS);
    });
  });
});

async function importCertificate(
  stack: TestSimulator,
  authority: CertificateAuthority,
  host: string,
): Promise<Resource> {
  const { certificate, privateKey } = await authority.issue([host]);
  return stack.create("aws:acm/certificate:Certificate", host, { certificateBody: certificate, privateKey });
}

async function createListener(stack: TestSimulator, { id: certificateArn }: Resource) {
  const { subnets } = await createNetwork(stack);
  const loadBalancer = await stack.create("aws:lb/loadBalancer:LoadBalancer", "shared", { subnets });
  const inputs = {
    ...{ loadBalancerArn: loadBalancer.id, certificateArn, port: 443, protocol: "HTTPS" },
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    defaultActions: [
      { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
    ],
  };
  return { loadBalancer, listener: await stack.create("aws:lb/listener:Listener", "https", inputs), inputs };
}

/** Returns the name in the certificate that the load balancer shows to a client of this host. */
async function servedName(port: number, host: string): Promise<string> {
  const socket = tls.connect({ host: "127.0.0.1", port, servername: host, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subjectaltname = "" } = socket.getPeerCertificate();
  socket.destroy();
  return subjectaltname.replace("DNS:", "");
}
