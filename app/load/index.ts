import type { ApplicationLoad } from "../../contract";
import { journeys } from "./journeys";
import { measurementSocket } from "./socket-journey";

const stored = { bytes: "{bytes}", sha256: "{sha256}" };

export const load: ApplicationLoad = {
  session: {
    login: [{ method: "POST", path: "/login", json: { user: "{user}" } }],
    logout: [{ method: "POST", path: "/logout", expect: 204 }],
    journeys: 60,
  },
  journeys,
  upload: {
    path: "/uploads",
    expect: { status: 201, json: stored },
    remember: { upload: { json: "id" } },
    readBack: { path: "/uploads/{upload}", expect: { json: { id: "{upload}", ...stored } } },
  },
  socket: measurementSocket,
};
