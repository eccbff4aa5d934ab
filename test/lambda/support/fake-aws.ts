import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseQueryForm } from "../../../simulator/api/query-form";
import { errorXml, queryResponse } from "../../../simulator/api/xml";
import { AwsError } from "../../../simulator/errors";

export interface FakeTarget {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
}

export interface FakeGroup {
  min: number;
  max: number;
  desired: number;
  targetGroupArns?: readonly string[];
}

interface FakeAlarm {
  readonly state: string;
  readonly reason?: string;
}

type Input = Readonly<Record<string, unknown>>;

/** A small AWS API for the functions: the state is plain data, and each call is recorded. */
export class FakeAws {
  readonly calls: string[] = [];
  /** Targets by a text in the ARN of the target group, such as `blue`. */
  targets: Record<string, readonly FakeTarget[]> = {};
  groups: Record<string, FakeGroup> = {};
  activityFailure: string | undefined;
  alarms: Record<string, FakeAlarm> = {};
  rule = { weights: {} as Record<string, number>, stickySeconds: 0, tags: {} as Record<string, string> };
  readonly events: { readonly type: string; readonly detail: Record<string, unknown> }[] = [];
  readonly messages: { readonly topic: string; readonly subject: string; readonly text: string }[] = [];
  functions: Record<string, (event: Record<string, unknown>) => unknown> = {};
  failures: Record<string, { status: number; code: string; message: string }> = {};
  /** Runs before a call is answered, with its action and the number of calls of that action. */
  before: (action: string, count: number) => void = () => undefined;
  private readonly server = createServer((request, response) => {
    this.respond(request, response).catch((error: Error) => response.writeHead(500).end(error.stack));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  count(action: string): number {
    return this.calls.filter((call) => call === action).length;
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const target = request.headers["x-amz-target"];
    const invoked = /functions\/([^/]+)\/invocations/.exec(request.url ?? "")?.[1];
    const form = target || invoked ? {} : parseQueryForm(new URLSearchParams(body));
    const action = invoked
      ? "Invoke"
      : typeof target === "string"
        ? (target.split(".")[1] ?? "")
        : String(form.Action);
    this.calls.push(action);
    this.before(action, this.count(action));
    const failure = this.failures[action];
    if (failure) {
      response.writeHead(failure.status, {
        "content-type": target ? "application/x-amz-json-1.1" : "text/xml",
      });
      response.end(
        target
          ? JSON.stringify({ __type: failure.code, message: failure.message })
          : errorXml(new AwsError(failure.code, failure.message)),
      );
    } else if (invoked) {
      const result = this.functions[decodeURIComponent(invoked)]?.(JSON.parse(body));
      const headers = result instanceof Error ? { "x-amz-function-error": "Unhandled" } : {};
      const payload = result instanceof Error ? { errorMessage: result.message } : (result ?? null);
      response.writeHead(200, headers).end(JSON.stringify(payload));
    } else if (target) {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(this.json(action, JSON.parse(body))));
    } else {
      const result = this.query(action, form as Input);
      const namespace = /^(Describe|Modify|Add|Remove)(Rules?|T)/.test(action)
        ? "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
        : action === "Publish"
          ? "http://sns.amazonaws.com/doc/2010-03-31/"
          : "http://autoscaling.amazonaws.com/doc/2011-01-01/";
      response.writeHead(200, { "content-type": "text/xml" }).end(queryResponse(action, namespace, result));
    }
  }

  private json(action: string, input: Input): unknown {
    if (action === "PutEvents") {
      for (const { DetailType, Detail } of input.Entries as { DetailType: string; Detail: string }[]) {
        this.events.push({ type: DetailType, detail: JSON.parse(Detail) });
      }
      return { FailedEntryCount: 0, Entries: [{ EventId: "1" }] };
    }
    const names = (input.AlarmNames ?? []) as string[];
    const known = names.flatMap((name) => {
      const alarm = this.alarms[name];
      return alarm ? [{ AlarmName: name, StateValue: alarm.state, StateReason: alarm.reason }] : [];
    });
    return { MetricAlarms: known, CompositeAlarms: [] };
  }

  private query(action: string, input: Input): unknown {
    switch (action) {
      case "DescribeTargetHealth": {
        const arn = String(input.TargetGroupArn);
        const [, targets = []] = Object.entries(this.targets).find(([key]) => arn.includes(key)) ?? [];
        return {
          TargetHealthDescriptions: targets.map(({ id, state, reason }) => ({
            Target: { Id: id, Port: 8080 },
            TargetHealth: { State: state, Reason: reason },
          })),
        };
      }
      case "DescribeRules": {
        const TargetGroups = Object.entries(this.rule.weights).map(([TargetGroupArn, Weight]) => ({
          TargetGroupArn,
          Weight,
        }));
        const { stickySeconds } = this.rule;
        const TargetGroupStickinessConfig = {
          Enabled: stickySeconds > 0,
          DurationSeconds: stickySeconds || 1,
        };
        const Actions = [{ Type: "forward", ForwardConfig: { TargetGroups, TargetGroupStickinessConfig } }];
        return { Rules: [{ RuleArn: (input.RuleArns as string[])[0], Actions }] };
      }
      case "DescribeTags":
        return {
          TagDescriptions: [
            {
              ResourceArn: (input.ResourceArns as string[])[0],
              Tags: Object.entries(this.rule.tags).map(([Key, Value]) => ({ Key, Value })),
            },
          ],
        };
      case "ModifyRule": {
        const [forward] = input.Actions as {
          ForwardConfig: {
            TargetGroups: { TargetGroupArn: string; Weight: string }[];
            TargetGroupStickinessConfig: { Enabled: string; DurationSeconds: string };
          };
        }[];
        const { TargetGroups = [], TargetGroupStickinessConfig: sticky } = forward?.ForwardConfig ?? {};
        this.rule.weights = Object.fromEntries(
          TargetGroups.map((each) => [each.TargetGroupArn, Number(each.Weight)]),
        );
        this.rule.stickySeconds = sticky?.Enabled === "true" ? Number(sticky.DurationSeconds) : 0;
        return { Rules: [] };
      }
      case "AddTags":
        for (const { Key, Value } of input.Tags as { Key: string; Value: string }[])
          this.rule.tags[Key] = Value;
        return {};
      case "RemoveTags":
        for (const key of input.TagKeys as string[]) delete this.rule.tags[key];
        return {};
      case "DescribeAutoScalingGroups":
        return {
          AutoScalingGroups: ((input.AutoScalingGroupNames as string[]) ?? Object.keys(this.groups)).flatMap(
            (name) => {
              const group = this.groups[name];
              if (!group) return [];
              const { min, max, desired, targetGroupArns: TargetGroupARNs = [] } = group;
              const sizes = { MinSize: min, MaxSize: max, DesiredCapacity: desired };
              return [{ AutoScalingGroupName: name, ...sizes, TargetGroupARNs }];
            },
          ),
        };
      case "DescribeScalingActivities":
        return {
          Activities: this.activityFailure
            ? [{ StatusCode: "Failed", StatusMessage: this.activityFailure }]
            : [],
        };
      case "SetDesiredCapacity":
        this.group(input).desired = Number(input.DesiredCapacity);
        return {};
      case "UpdateAutoScalingGroup":
        this.group(input).min = Number(input.MinSize);
        return {};
      case "Publish":
        this.messages.push({
          topic: String(input.TopicArn),
          subject: String(input.Subject),
          text: String(input.Message),
        });
        return { MessageId: "1" };
      default:
        throw new Error(`The fake API has no ${action}.`);
    }
  }

  private group(input: Input): FakeGroup {
    const group = this.groups[String(input.AutoScalingGroupName)];
    if (!group) throw new Error(`The fake API has no group ${input.AutoScalingGroupName}.`);
    return group;
  }
}

/** Sets the environment of a function for a test and returns what restores it. */
export function functionEnvironment(
  aws: { readonly url: string },
  topicArns: readonly string[] = [],
): () => void {
  const before = { ...process.env };
  const own = {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL: aws.url,
    AWS_LAMBDA_FUNCTION_NAME: "shop-gate",
    CHANGEOVER_STACK: "shop/prod",
    TOPIC_ARNS: topicArns.join(","),
  };
  Object.assign(process.env, own);
  return () => {
    for (const key of Object.keys(own)) {
      if (before[key] === undefined) delete process.env[key];
      else process.env[key] = before[key];
    }
  };
}
