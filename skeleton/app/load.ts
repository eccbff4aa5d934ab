import type { ApplicationLoad } from "../contract";

/** Users of a rehearsal write notes, read them back across all flips, and list the latest. */
export const load: ApplicationLoad = {
  journeys: {
    write: {
      steps: [
        {
          path: "/notes",
          json: { text: "note {random}" },
          expect: { status: 201, json: { text: "note {random}" } },
          remember: { note: { json: "id" } },
          readBack: { path: "/notes/{note}", expect: { json: { id: "{note}", text: "note {random}" } } },
        },
      ],
    },
    list: { weight: 2, thinkSeconds: [0, 1], steps: [{ path: "/notes" }] },
  },
};
