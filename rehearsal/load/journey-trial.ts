import type { ApplicationLoad, JourneySteps } from "../../contract";
import { monotonicMs } from "./clock";
import type { LoadFigures } from "./figures";
import { HttpClient } from "./http-client";
import { startJourney } from "./journey-run";
import { seededRandom } from "./random";
import { LoadRecorder } from "./recorder";
import { SessionClient } from "./session-client";
import { SocketDevice } from "./socket-device";
import { TargetAddress } from "./target-address";
import { UploadDevice } from "./upload-device";

const REQUEST_LIMIT_MS = 10_000;
const CONNECTIONS = { maxSockets: 8, idleSeconds: 30 };
const UPLOAD = { concurrent: 1, bytes: 64 * 1024, durationSeconds: 0.3 };

/** The parts of a load that were made, with their figures. */
export interface JourneysMade {
  readonly journeys: readonly string[];
  readonly figures: LoadFigures;
}

/** Makes journeys one at a time, in this process, to try a load or a service. Rates and think times are left out. */
export class JourneyTrial {
  private readonly http: HttpClient;
  private readonly address: TargetAddress;
  private number = 0;

  constructor(
    url: string,
    private readonly load: ApplicationLoad,
  ) {
    this.address = new TargetAddress(url);
    this.http = new HttpClient(this.address, CONNECTIONS);
  }

  /** Makes every journey once, with login and logout, and reads every stored record back. */
  async each(): Promise<JourneysMade> {
    const recorder = new LoadRecorder();
    const user = this.open("user", recorder);
    const { journeys, session } = this.load;
    if (await user.logIn()) {
      for (const [name, { steps }] of Object.entries(journeys)) {
        user.beginJourney();
        await this.make(name, steps, user);
      }
      if (session?.logout !== undefined) await this.make("logout", session.logout, user);
    }
    return { journeys: Object.keys(journeys), figures: recorder.end() };
  }

  /**
   * Uploads one file.
   *
   * @param meanwhile called while the upload is under way, which ends when the promise resolves. Then nothing is read back
   */
  async upload(meanwhile?: () => Promise<void>): Promise<LoadFigures> {
    const recorder = new LoadRecorder();
    const { upload } = this.load;
    if (upload === undefined) return recorder.end();
    const sizes = meanwhile === undefined ? UPLOAD : { ...UPLOAD, durationSeconds: 30 };
    const user = this.open("recorder", recorder);
    if (!(await user.logIn())) return recorder.end();
    // A stopping instance accepts no new request, also none that reads the upload back.
    const journey = meanwhile === undefined ? upload : { ...upload, readBack: undefined };
    const device = new UploadDevice(user, this.address, sizes, journey);
    const running = device.run(0);
    if (meanwhile === undefined) setTimeout(() => device.stop(), UPLOAD.durationSeconds * 1000);
    else await meanwhile().finally(() => device.stop());
    await running;
    return recorder.end();
  }

  /** Sends messages over a WebSocket until the promise of `meanwhile` resolves. */
  async socket(meanwhile: () => Promise<void>): Promise<LoadFigures> {
    const recorder = new LoadRecorder();
    const { socket } = this.load;
    if (socket === undefined) return recorder.end();
    const device = new SocketDevice(this.open("monitor", recorder), this.address, socket);
    const running = device.run(0);
    await meanwhile().finally(() => device.stop());
    await running;
    return recorder.end();
  }

  close(): void {
    this.http.close();
  }

  private open(kind: string, recorder: LoadRecorder): SessionClient {
    const name = `${kind}-${this.number++}-${Date.now().toString(36)}`;
    const random = seededRandom(1, kind, this.number);
    return new SessionClient(name, recorder, this.http, this.load, REQUEST_LIMIT_MS, random);
  }

  private async make(name: string, steps: JourneySteps, user: SessionClient): Promise<void> {
    const { recorder } = user;
    const run = startJourney(name, steps, user.journeyUser);
    for (let request = run.next(); request !== undefined; ) {
      const answer = await user.send(recorder.due(monotonicMs()), request);
      if (answer === undefined) return run.abandon();
      if (request.readBack !== undefined) {
        const read = typeof request.readBack === "function" ? request.readBack(answer) : request.readBack;
        recorder.counts.stored++;
        recorder.readBack((await user.send(recorder.due(monotonicMs()), read)) !== undefined);
      }
      request = run.next(answer);
    }
  }
}
