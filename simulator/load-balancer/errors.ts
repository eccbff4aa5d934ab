/** An error of the load balancer; `name` is the code of Elastic Load Balancing, such as `PriorityInUse`. */
export class BalancerError extends Error {
  constructor(code: string, message: string) {
    super(message);
    this.name = code;
  }
}

export function invalid(message: string): BalancerError {
  return new BalancerError("ValidationError", message);
}

export function targetGroupNotFound(arn: string): BalancerError {
  return new BalancerError("TargetGroupNotFound", `Target group ${arn} does not exist. Create it first.`);
}
