import type { ProgramRehearsal } from "../../../contract";

export const rehearsal: ProgramRehearsal = {
  versions: ["1.0.0", "1.1.0"],
  objects: { "s3://kiosk-releases/kiosk.js": "kiosk.js" },
  load: {
    journeys: { look: { steps: [{ path: "/tickets", expect: { json: { tickets: 3 } } }] } },
    upload: { method: "PUT", path: "/photos", expect: { status: 201, json: { sha256: "{sha256}" } } },
  },
};
