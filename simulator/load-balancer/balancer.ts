import type { IncomingMessage } from "node:http";
import { isEncrypted } from "./encrypted";
import { BalancerError, targetGroupNotFound } from "./errors";
import { sendError, sendFixedResponse, sendRedirect, withoutPort } from "./fixed-responses";
import { forward } from "./forward";
import { type Handler, listen, rejectionStatus } from "./listener";
import { actionFor, type RequestFacts } from "./rules";
import { createStickySeal, stickyCookies, stickyTarget } from "./stickiness";
import { TargetGroup } from "./target-group";
import type { Action, Balancer, BalancerOptions, ListenerProtocol, Rule } from "./types";
import { isWebSocket, tunnelTo } from "./upgrade";
import {
  requirePositive,
  validateAction,
  validateIdleTimeout,
  validateRule,
  validateTargetGroup,
} from "./validate";
import { chooseByWeight } from "./weights";

type Forward = Extract<Action, { type: "forward" }>;

const LISTENER_PROTOCOLS = ["HTTP", "HTTPS"] as const;
const DEFAULT_IDLE_TIMEOUT_SECONDS = 60;
const UNCONFIGURED: Action = { type: "fixed-response", statusCode: 503, contentType: "text/plain", body: "" };

/** Starts a load balancer with the behavior of an Application Load Balancer, and resolves when it listens. */
export async function createBalancer(options: BalancerOptions = {}): Promise<Balancer> {
  const { host = "127.0.0.1", port = 0, timeScale = 1, random = Math.random } = options;
  requirePositive("timeScale", timeScale);

  const groups = new Map<string, TargetGroup>();
  const deletedGroups = new Set<TargetGroup>();
  const seal = createStickySeal();
  const rules: Record<ListenerProtocol, readonly Rule[]> = { HTTP: [], HTTPS: [] };
  const defaultActions: Partial<Record<ListenerProtocol, Action>> = {};
  let idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_SECONDS * 1000;
  let latencyMs = 0;
  let closing: Promise<void> | undefined;

  const handle: Handler = (request, response, upgrade) => {
    if (closing !== undefined) response.shouldKeepAlive = false;
    const errorStatus =
      rejectionStatus(request) ?? (upgrade !== undefined && !isWebSocket(request) ? 400 : undefined);
    if (errorStatus !== undefined) return sendError(response, errorStatus);
    if (latencyMs === 0) return route(request, response, upgrade);
    setTimeout(() => {
      // The client may have left meanwhile.
      if (!response.destroyed && !request.destroyed) route(request, response, upgrade);
    }, latencyMs);
  };

  const route: Handler = (request, response, upgrade) => {
    const protocol = isEncrypted(request) ? "HTTPS" : "HTTP";
    const action = actionFor(rules[protocol], defaultActions[protocol] ?? UNCONFIGURED, factsOf(request));
    if (action.type === "fixed-response") return sendFixedResponse(response, action);
    if (action.type === "redirect") return sendRedirect(response, action, request, listener.port);

    const group = chooseGroup(action, request);
    const registration = group?.next();
    if (group === undefined || registration === undefined) {
      if (group !== undefined) group.counters.balancer5xx++;
      return sendError(response, 503);
    }
    const cookies = cookiesFor(action, group);
    forward({
      request,
      response,
      group,
      registration,
      cookies,
      idleTimeoutMs,
      listenerPort: listener.port,
      ...(upgrade && { tunnel: tunnelTo(upgrade.client, upgrade.head, response, cookies, idleTimeoutMs) }),
    });
  };

  const chooseGroup = ({ targets, stickySeconds }: Forward, request: IncomingMessage) => {
    const sticky =
      stickySeconds === undefined
        ? undefined
        : stickyTarget(request.headers.cookie, targets, seal, Date.now());
    const chosen = sticky ?? chooseByWeight(targets, random());
    return chosen && groups.get(chosen.targetGroupArn);
  };

  /**
   * Renewed with each response. AWS does not document whether the duration is sliding; for a release a sliding one is
   * the worse case.
   */
  const cookiesFor = ({ stickySeconds }: Forward, group: TargetGroup): string[] => {
    if (stickySeconds === undefined) return [];
    const expiresAt = Date.now() + stickySeconds * 1000;
    return stickyCookies({ targetGroupArn: group.spec.arn, expiresAt }, seal);
  };

  const groupOf = (arn: string): TargetGroup => {
    const group = groups.get(arn);
    if (group === undefined) throw targetGroupNotFound(arn);
    return group;
  };
  const groupExists = (arn: string) => groups.has(arn);
  const actions = () => [
    ...Object.values(defaultActions),
    ...[...rules.HTTP, ...rules.HTTPS].map(({ action }) => action),
  ];
  const isInUse = (arn: string) => actions().some((action) => forwardsTo(action, arn));
  const actionsChanged = () => {
    for (const [arn, group] of groups) group.setInUse(isInUse(arn));
  };

  const listener = await listen(host, port, handle);
  listener.setIdleTimeout(idleTimeoutMs);

  const close = async (graceMs: number) => {
    listener.stopAccepting();
    const leaving = [...groups.values(), ...deletedGroups];
    const out = Promise.all(leaving.map((group) => group.deregisterAll(graceMs)));
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([out, grace]);
    clearTimeout(timer);
    for (const group of leaving) group.cutOpen();
    await listener.close();
    await out;
  };

  return {
    port: listener.port,
    setIdleTimeout(seconds) {
      validateIdleTimeout(seconds);
      idleTimeoutMs = seconds * 1000;
      listener.setIdleTimeout(idleTimeoutMs);
      for (const group of groups.values()) group.setIdleTimeout(idleTimeoutMs);
    },
    setDefaultAction(action, protocol = "HTTP") {
      if (action !== undefined) validateAction("default action", action, groupExists);
      if (action === undefined) delete defaultActions[protocol];
      else defaultActions[protocol] = action;
      listener.setPlain(defaultActions.HTTP !== undefined || defaultActions.HTTPS === undefined);
      actionsChanged();
    },
    setTls: (settings) => listener.setTls(settings),
    putRule(rule) {
      const { arn, protocol = "HTTP" } = rule;
      validateRule(rule, rules[protocol], groupExists);
      const others = rules[protocol].filter((other) => other.arn !== arn);
      rules[protocol] = [...others, rule].sort((a, b) => a.priority - b.priority);
      actionsChanged();
    },
    deleteRule(arn) {
      for (const protocol of LISTENER_PROTOCOLS) {
        rules[protocol] = rules[protocol].filter((rule) => rule.arn !== arn);
      }
      actionsChanged();
    },
    putTargetGroup(spec) {
      validateTargetGroup(spec);
      const known = groups.get(spec.arn);
      if (known === undefined) groups.set(spec.arn, new TargetGroup(spec, idleTimeoutMs, timeScale));
      else known.spec = spec;
    },
    deleteTargetGroup(arn) {
      if (isInUse(arn)) {
        throw new BalancerError(
          "ResourceInUse",
          `Target group ${arn} is in use by a rule or the default action. Remove it there first.`,
        );
      }
      const group = groups.get(arn);
      if (group === undefined) return;
      groups.delete(arn);
      deletedGroups.add(group);
      void group.deregisterAll().then(() => deletedGroups.delete(group));
    },
    registerTarget: (arn, target) => groupOf(arn).register(target),
    deregisterTarget: async (arn, targetId) => groupOf(arn).deregister(targetId),
    setLatency(milliseconds) {
      latencyMs = milliseconds;
    },
    dropNode: () => listener.dropNode(),
    describeTargetHealth: (arn) => groupOf(arn).describe(),
    counters: (arn) => groupOf(arn).counters.snapshot(),
    close(graceMs = 0) {
      closing ??= close(graceMs);
      return closing;
    },
  };
}

function factsOf(request: IncomingMessage): RequestFacts {
  const [path = "/"] = (request.url ?? "/").split("?", 1);
  return {
    path,
    host: withoutPort(request.headers.host ?? ""),
    header: (name) => request.headersDistinct[name] ?? [],
  };
}

function forwardsTo(action: Action, arn: string): boolean {
  return action.type === "forward" && action.targets.some(({ targetGroupArn }) => targetGroupArn === arn);
}
