import type { ApplicationLoad } from "../../contract";
import { measurementSocket } from "./socket-journey";
import { recordingUpload } from "./upload-journey";
import { RecordsUser } from "./user-journey";

export const load: ApplicationLoad = {
  sessionCookie: "session",
  logIn: (user) => ({ effect: "write", method: "POST", path: "/login", json: { user }, expect: 200 }),
  logOut: () => ({ effect: "write", method: "POST", path: "/logout", expect: 204 }),
  createUser: (user, random) => new RecordsUser(user, random),
  upload: recordingUpload,
  socket: measurementSocket,
};
