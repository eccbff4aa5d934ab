import type * as pulumi from "@pulumi/pulumi";
import { egressPortsSpec } from "../network/egress";
import type { ArgsSpec } from "../validation/args-spec";
import { FUNCTION_NAME, TOPIC_ARN } from "../validation/formats";

export interface NotifyingFunctionArgs {
  /**
   * The ARNs of the SNS topics that get each result as a text. EventBridge gets an event with the source `changeover`
   * in any case.
   *
   * A topic that is encrypted with a customer managed key must allow the function's role to use the key. A
   * notification that cannot be sent is logged and fails nothing.
   *
   * @default none
   */
  topicArns?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The names or ARNs of the functions that `checks` name, so that the Lambda may invoke them.
   *
   * @default none
   */
  checkFunctionNames?: string[];
  /**
   * The TCP ports on which the function may connect to any address, besides `calls`, 1-65535, each once. It needs 443 to
   * call AWS, and the ports of the URLs that it requests.
   *
   * @default all traffic may leave
   */
  egressPorts?: number[];
}

export const notifyingFunctionSpec = {
  topicArns: {
    kind: "list",
    items: { kind: "string", format: TOPIC_ARN, input: true },
    whenOmitted: "none",
    input: true,
  },
  checkFunctionNames: {
    kind: "list",
    items: { kind: "string", format: FUNCTION_NAME },
    whenOmitted: "none",
  },
  egressPorts: { ...egressPortsSpec, whenOmitted: "all traffic may leave" },
} as const satisfies ArgsSpec<NotifyingFunctionArgs>;
