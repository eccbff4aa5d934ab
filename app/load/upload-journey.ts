import { z } from "zod";
import type { UploadJourney } from "../../contract";

const uploadSchema = z.object({
  id: z.union([z.string(), z.number()]),
  bytes: z.number(),
  sha256: z.string(),
});

export const recordingUpload: UploadJourney = {
  method: "POST",
  path: "/uploads",
  contentType: "application/octet-stream",
  expect: 201,
  stored: (body) => uploadSchema.safeParse(body).data,
  readBack(answer) {
    const stored = uploadSchema.parse(answer);
    return {
      effect: "read",
      method: "GET",
      path: `/uploads/${encodeURIComponent(stored.id)}`,
      expect: 200,
      check(body) {
        const now = uploadSchema.safeParse(body).data;
        if (now?.id === stored.id && now.bytes === stored.bytes && now.sha256 === stored.sha256)
          return undefined;
        return { detail: `stored as ${JSON.stringify(stored)}, read as ${JSON.stringify(body)}` };
      },
    };
  },
};
