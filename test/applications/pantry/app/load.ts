import type { ApplicationLoad } from "../../../../contract";

export const load: ApplicationLoad = {
  journeys: {
    store: {
      steps: [
        { path: "/", expect: { text: "<h1>Pantry</h1>" } },
        {
          path: "/items",
          form: { name: "Flour & {random}" },
          expect: 303,
          remember: { item: { header: "location" } },
          readBack: { path: "{item}", expect: { text: "<p>Flour &amp; {random}</p>" } },
        },
      ],
    },
    look: { weight: 2, thinkSeconds: [0, 0.5], steps: [{ path: "/" }] },
  },
  answers: { version: { header: "x-pantry-version" } },
};
