import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { clientSettings, until, withSimulator } from "../stack";

describe("simulator: API of alarms, messages, objects and functions", () => {
  it("API: DescribeAlarms reports metric alarms, and composite alarms only if their type is given", async () => {
    await withSimulator(async (stack) => {
      const client = new CloudWatchClient(clientSettings(stack.simulator));
      const describe = async (AlarmNames: string[], composite = false) => {
        const AlarmTypes = composite ? (["CompositeAlarm", "MetricAlarm"] as const) : undefined;
        const input = { AlarmNames, AlarmTypes: AlarmTypes && [...AlarmTypes] };
        const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
          new DescribeAlarmsCommand(input),
        );
        return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName, StateValue }) => [
          AlarmName,
          StateValue,
        ]);
      };
      stack.simulator.setAlarmState("checkout-errors", "OK");
      const alarmRule = 'ALARM("checkout-errors")';
      await stack.create("aws:cloudwatch/compositeAlarm:CompositeAlarm", "release", {
        alarmName: "release",
        alarmRule,
      });
      stack.simulator.setAlarmState("checkout-errors", "ALARM");
      assert.deepEqual(await describe(["checkout-errors", "release"]), [["checkout-errors", "ALARM"]]);
      assert.deepEqual(await describe(["checkout-errors", "release", "none"], true), [
        ["checkout-errors", "ALARM"],
        ["release", "ALARM"],
      ]);
      stack.simulator.setAlarmState("checkout-errors", "OK");
      assert.deepEqual(await describe(["release"], true), [["release", "OK"]]);
      stack.simulator.denyAction("cloudwatch:DescribeAlarms");
      await assert.rejects(describe(["release"]), { name: "AccessDeniedException" });
    });
  });

  it("API: events and notifications are recorded", async () => {
    await withSimulator(async (stack) => {
      const events = new EventBridgeClient(clientSettings(stack.simulator));
      const entry = { Source: "changeover", DetailType: "Gate Passed" };
      const result = await events.send(
        new PutEventsCommand({
          Entries: [
            { ...entry, Detail: '{"color":"green"}', Time: new Date() },
            { ...entry, Detail: "{" },
          ],
        }),
      );
      assert.equal(result.FailedEntryCount, 1);
      assert.equal(result.Entries?.[1]?.ErrorCode, "MalformedDetail");
      const topics = new SNSClient(clientSettings(stack.simulator));
      const TopicArn = "arn:aws:sns:eu-central-1:123456789012:on-call";
      await topics.send(new PublishCommand({ TopicArn, Subject: "Gate failed", Message: "green" }));
      const elsewhere = new PublishCommand({ TopicArn: "arn:aws:sns:eu-central-1:1:x", Message: "green" });
      await assert.rejects(topics.send(elsewhere), { name: "NotFoundException" });
      const messages = stack.simulator.messages();
      assert.deepEqual(
        messages.events.map(({ detailType, detail }) => [detailType, detail]),
        [["Gate Passed", { color: "green" }]],
      );
      assert.deepEqual(
        messages.notifications.map(({ subject, message }) => [subject, message]),
        [["Gate failed", "green"]],
      );
    });
  });

  it("API: PutObject writes once if the object must not exist, also from a stream", async () => {
    await withSimulator(async (stack) => {
      const client = new S3Client(clientSettings(stack.simulator));
      const { id: Bucket } = await stack.create("aws:s3/bucket:Bucket", "code", {});
      const put = (Key: string, Body: string) =>
        client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: "*" }));
      await put("a b/1.0.0.js", "one");
      await assert.rejects(put("a b/1.0.0.js", "two"), { name: "PreconditionFailed" });
      await assert.rejects(client.send(new PutObjectCommand({ Bucket: "none", Key: "a", Body: "" })), {
        name: "NoSuchBucket",
      });
      const Body = Readable.from([Buffer.from("str"), Buffer.from("eam")]);
      await client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: 6 }));
      const read = async (Key: string) =>
        (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
      assert.deepEqual([await read("a b/1.0.0.js"), await read("stream")], ["one", "stream"]);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: "stream" }));
      assert.equal(head.ContentLength, 6);
      await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: "none" })), { name: "NotFound" });
    });
  });

  it("API: Invoke runs a function and reports its failure, and an event returns at once", async () => {
    await withSimulator(async (stack) => {
      const code = `exports.handler = async (event) => {
        if (event.fail) throw new Error("no database");
        if (event.slow) await new Promise((done) => setTimeout(done, 300));
        console.log("done " + event.name);
        return { hello: event.name };
      };`;
      const { id: FunctionName, outs } = await stack.create("aws:lambda/function:Function", "greet", {
        role: "arn:aws:iam::123456789012:role/greet",
        runtime: "nodejs20.x",
        handler: "index.handler",
        code: { kind: "archive", assets: { "index.js": { kind: "asset", text: code } } },
        publish: true,
      });
      const client = new LambdaClient(clientSettings(stack.simulator));
      const invoke = async (name: string, event: object, InvocationType?: "Event") => {
        const Payload = JSON.stringify(event);
        return client.send(new InvokeCommand({ FunctionName: name, Payload, InvocationType }));
      };
      const text = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString("utf8");
      assert.equal(text((await invoke(FunctionName, { name: "blue" })).Payload), '{"hello":"blue"}');
      const failed = await invoke(String(outs.qualifiedArn), { fail: true });
      assert.equal(failed.FunctionError, "Unhandled");
      assert.equal(JSON.parse(text(failed.Payload)).errorMessage, "no database");
      await assert.rejects(invoke("none", {}), { name: "ResourceNotFoundException" });
      const event = await invoke(FunctionName, { name: "green", slow: true }, "Event");
      assert.equal(event.StatusCode, 202);
      await until("the event is handled", () => stack.functionLog(FunctionName).includes("done green"));
      stack.simulator.denyAction("lambda:InvokeFunction");
      await assert.rejects(invoke(FunctionName, {}), { name: "AccessDeniedException" });
    });
  });
});
