import type { Engine } from "../../engine/deploy/engine";
import type { Simulator } from "../../simulator";
import type { LoadOptions } from "../load";

/**
 * Reads the `url` output of the stack, to which the load is sent, and finds its address in the simulator.
 *
 * @throws Error before the first successful update, and for a program without this output
 */
export async function loadTarget(stack: {
  readonly engine: Engine;
  readonly simulator: Simulator;
}): Promise<Pick<LoadOptions, "url" | "via">> {
  const { url } = await stack.engine.outputs();
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw new Error(
      `The stack's output url must be the address of the public load balancer, got ${JSON.stringify(url) ?? "nothing"}. ` +
        "Export it from the program.",
    );
  }
  const { protocol, hostname } = new URL(url);
  if (protocol !== "https:") return { url };
  const { certificateAuthority } = stack.simulator;
  const address = stack.simulator.resolve(hostname);
  if (address === undefined) {
    throw new Error(
      `${hostname}, the name in the stack's output url, must be an alias of a load balancer. ` +
        "Declare the alias in Route 53.",
    );
  }
  return { url, via: { ...address, certificateAuthority } };
}
