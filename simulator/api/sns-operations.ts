import { z } from "zod";
import { AwsError } from "../errors";
import { type ApiOperations, operation } from "./operation";

/** @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const snsOperations: ApiOperations = {
  Publish: operation(
    { TopicArn: z.string(), Message: z.string().min(1), Subject: z.string().max(100).optional() },
    ({ TopicArn, Message, Subject }, { account, messages }) => {
      if (!TopicArn.startsWith(account.arn("sns", ""))) {
        throw new AwsError("NotFound", "Topic does not exist");
      }
      return { MessageId: messages.publish({ topicArn: TopicArn, message: Message, subject: Subject }) };
    },
    ({ TopicArn }) => [{ resource: TopicArn, conditionKeys: {} }],
  ),
};
