import { AwsError } from "../errors";
import { BalancerError } from ".";
import type {
  Action,
  Balancer,
  BalancerOptions,
  ListenerProtocol,
  Rule,
  Target,
  TargetGroupCounters,
  TargetGroupSpec,
  TargetHealthDescription,
} from "./types";

interface TargetGroup {
  spec: TargetGroupSpec;
  readonly targets: Map<string, Target>;
  /** The load balancer whose rules forward to this target group. A target group cannot have more than one. */
  home?: Balancer;
}

/** Converts errors of the data plane to AWS errors, which contain the code in their message. */
function inAwsWords(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (error instanceof BalancerError) throw new AwsError(error.name, error.message);
    throw error;
  }
}

/** Load balancers, target groups and targets: the control plane of Elastic Load Balancing. */
export class LoadBalancing {
  private readonly balancersByArn = new Map<string, Balancer>();
  private readonly groupsByArn = new Map<string, TargetGroup>();

  constructor(
    private readonly createBalancer: (options: BalancerOptions) => Promise<Balancer>,
    private readonly timeScale: number,
  ) {}

  async createLoadBalancer(arn: string, idleTimeoutSeconds: number): Promise<Balancer> {
    const balancer = await this.createBalancer({ host: "127.0.0.1", timeScale: this.timeScale });
    balancer.setIdleTimeout(idleTimeoutSeconds);
    this.balancersByArn.set(arn, balancer);
    return balancer;
  }

  balancer(loadBalancerArn: string): Balancer {
    const found = this.balancersByArn.get(loadBalancerArn);
    if (!found) {
      throw new AwsError("LoadBalancerNotFound", `One or more load balancers not found: ${loadBalancerArn}`);
    }
    return found;
  }

  balancers(): ReadonlyMap<string, Balancer> {
    return this.balancersByArn;
  }

  async deleteLoadBalancer(arn: string): Promise<void> {
    const balancer = this.balancer(arn);
    this.balancersByArn.delete(arn);
    for (const group of this.groupsByArn.values()) if (group.home === balancer) group.home = undefined;
    await balancer.close();
  }

  putTargetGroup(spec: TargetGroupSpec): void {
    const group = this.groupsByArn.get(spec.arn);
    if (group) {
      inAwsWords(() => group.home?.putTargetGroup(spec));
      group.spec = spec;
    } else {
      this.groupsByArn.set(spec.arn, { spec, targets: new Map() });
    }
  }

  /** The target groups to which a load balancer forwards; undefined if it does not exist. */
  targetGroupsOf(loadBalancerArn: string): string[] | undefined {
    const balancer = this.balancersByArn.get(loadBalancerArn);
    if (!balancer) return undefined;
    return [...this.groupsByArn].flatMap(([arn, { home }]) => (home === balancer ? [arn] : []));
  }

  targetGroupArns(): string[] {
    return [...this.groupsByArn.keys()];
  }

  deleteTargetGroup(arn: string): void {
    const { home } = this.group(arn);
    inAwsWords(() => home?.deleteTargetGroup(arn));
    this.groupsByArn.delete(arn);
  }

  /** Does nothing if the load balancer has been deleted, because its listeners were deleted with it. */
  deleteListener(loadBalancerArn: string, protocol: ListenerProtocol): void {
    this.balancersByArn.get(loadBalancerArn)?.setDefaultAction(undefined, protocol);
  }

  setDefaultAction(loadBalancerArn: string, action: Action, protocol: ListenerProtocol): void {
    const balancer = this.balancer(loadBalancerArn);
    this.associate(balancer, action);
    inAwsWords(() => balancer.setDefaultAction(action, protocol));
  }

  putRule(loadBalancerArn: string, rule: Rule): void {
    const balancer = this.balancer(loadBalancerArn);
    this.associate(balancer, rule.action);
    inAwsWords(() => balancer.putRule(rule));
  }

  /** Does nothing if the load balancer has been deleted, because its rules were deleted with it. */
  deleteRule(loadBalancerArn: string, ruleArn: string): void {
    this.balancersByArn.get(loadBalancerArn)?.deleteRule(ruleArn);
  }

  /** Associates the target groups of an action with the load balancer. */
  private associate(balancer: Balancer, action: Action): void {
    if (action.type !== "forward") return;
    for (const { targetGroupArn: arn } of action.targets) {
      const group = this.group(arn);
      if (group.home === balancer) continue;
      if (group.home) this.leave(arn, group.home);
      inAwsWords(() => balancer.putTargetGroup(group.spec));
      group.home = balancer;
      for (const target of group.targets.values()) balancer.registerTarget(arn, target);
    }
  }

  registerTarget(targetGroupArn: string, target: Target): void {
    const group = this.group(targetGroupArn);
    group.targets.set(target.id, target);
    group.home?.registerTarget(targetGroupArn, target);
  }

  /** Resolves when the target is drained, or at once if its target group has been deleted. */
  async deregisterTarget(targetGroupArn: string, targetId: string): Promise<void> {
    const group = this.groupsByArn.get(targetGroupArn);
    if (!group?.targets.delete(targetId)) return;
    await group.home?.deregisterTarget(targetGroupArn, targetId);
  }

  health(targetGroupArn: string): TargetHealthDescription[] {
    const group = this.group(targetGroupArn);
    if (group.home) return group.home.describeTargetHealth(targetGroupArn);
    return [...group.targets.values()].map((target) => ({
      target,
      state: "unused",
      reason: "Target.NotInUse",
    }));
  }

  /** ARN of the load balancer that uses the target group; undefined if none does. */
  loadBalancerOf(targetGroupArn: string): string | undefined {
    const { home } = this.group(targetGroupArn);
    return [...this.balancersByArn].find(([, balancer]) => balancer === home)?.[0];
  }

  /** Undefined while no load balancer uses the target group. */
  counters(targetGroupArn: string): TargetGroupCounters | undefined {
    return this.groupsByArn.get(targetGroupArn)?.home?.counters(targetGroupArn);
  }

  async close(): Promise<void> {
    const balancers = [...this.balancersByArn.values()];
    this.balancersByArn.clear();
    this.groupsByArn.clear();
    await Promise.all(balancers.map((balancer) => balancer.close(0)));
  }

  private group(arn: string): TargetGroup {
    const found = this.groupsByArn.get(arn);
    if (!found) throw new AwsError("TargetGroupNotFound", `One or more target groups not found: ${arn}`);
    return found;
  }

  private leave(arn: string, home: Balancer): void {
    try {
      home.deleteTargetGroup(arn);
    } catch (error) {
      if (!(error instanceof BalancerError)) throw error;
      throw new AwsError(
        "TargetGroupAssociationLimit",
        `The following target groups cannot be associated with more than one load balancer: ${arn}`,
      );
    }
  }
}
