import { z } from "zod";

/** The stages of a release at which a check runs, in the vocabulary of Amazon ECS. */
export const CHECK_STAGES = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"] as const;
export type CheckStage = (typeof CHECK_STAGES)[number];

/** A check of the team: a function that succeeds, or a URL that responds with 200. */
export const teamCheck = z
  .strictObject({
    name: z.string().regex(/^[\w.-]{1,64}$/),
    url: z
      .string()
      .regex(/^https:\/\//)
      .refine((url) => URL.canParse(url))
      .optional(),
    functionName: z
      .string()
      .regex(/^\S{1,256}$/)
      .optional(),
    stages: z.array(z.enum(CHECK_STAGES)).min(1),
  })
  .refine(({ url, functionName }) => (url === undefined) !== (functionName === undefined));

export type TeamCheck = Readonly<z.infer<typeof teamCheck>>;

export const TEAM_CHECKS_ALLOWED =
  'a list of objects with name, url (https) or functionName, and stages ("PRE_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME")';
