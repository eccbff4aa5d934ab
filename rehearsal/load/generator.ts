import { setTimeout as sleep } from "node:timers/promises";
import { Account } from "./account";
import { monotonicMs } from "./clock";
import { Crowd } from "./crowd";
import type { LoadFigures } from "./figures";
import { HttpClient } from "./http-client";
import { LiveSocket } from "./live-socket";
import type { Mark } from "./mark";
import type { LoadSettings } from "./options";
import { seededRandom } from "./random";
import { Recorder } from "./recorder";
import { Schedule } from "./schedule";
import { Uploader } from "./upload";
import { User } from "../../app/load/user-journey";

/** Users, devices and the schedule, in this process. `startLoad` runs it in one of its own. */
export class Generator {
  private readonly recorder = new Recorder();
  private readonly http: HttpClient;
  private readonly schedule: Schedule;
  private readonly devices: readonly (Uploader | LiveSocket)[];
  private devicesAtWork = 0;

  constructor(private readonly settings: LoadSettings) {
    const random = seededRandom(settings.seed);
    this.http = new HttpClient(settings.url, settings.agent);
    // Users of another run have left records behind; a name of one's own keeps them apart.
    const run = Date.now().toString(36);
    const account = (name: string) =>
      new Account(`${name}-${run}`, this.recorder, this.http, settings.requestTimeoutSeconds * 1000);

    const users = Array.from({ length: settings.sessions }, (_, n) => new User(account(`user-${n}`), random));
    const crowd = new Crowd(users, settings.queueCap, random);
    this.schedule = new Schedule(settings.requestsPerSecond, (intendedMs, lagMs) => {
      this.recorder.noise.handedOver(lagMs);
      crowd.take(this.recorder.due(intendedMs));
    });

    const { concurrent, durationSeconds } = settings.uploads;
    const uploaders = Array.from(
      { length: concurrent },
      (_, n) => new Uploader(account(`recorder-${n}`), settings.url, settings.uploads),
    );
    const sockets = Array.from(
      { length: settings.webSockets },
      (_, n) => new LiveSocket(account(`monitor-${n}`), settings.url),
    );
    this.devices = [...uploaders, ...sockets];
    this.schedule.start(this.recorder.startedMs);
    // Spread evenly, so that at any moment some upload is at its beginning, some in the middle, some at its end.
    uploaders.forEach((uploader, n) => {
      this.watch(uploader.run((n / concurrent) * durationSeconds * 1000));
    });
    sockets.forEach((socket, n) => {
      this.watch(socket.run((n / sockets.length) * 1000));
    });
  }

  mark({ name, from, to, resourcesChanged, atMs }: Mark): void {
    const { flips } = this.recorder;
    if (from !== undefined && to !== undefined) flips.started(from, to, atMs);
    if (resourcesChanged !== undefined) flips.finished(resourcesChanged, atMs);
    this.recorder.mark(name, atMs);
  }

  figures(): LoadFigures {
    return this.recorder.figures();
  }

  /** Nothing new falls due; what is under way has its time limit to finish, what is left then has failed. */
  async stop(): Promise<LoadFigures> {
    this.schedule.stop();
    for (const device of this.devices) device.stop();
    const endMs = monotonicMs() + this.settings.requestTimeoutSeconds * 1000 + 500;
    while ((this.recorder.underWay > 0 || this.devicesAtWork > 0) && monotonicMs() < endMs) await sleep(10);
    const figures = this.recorder.end();
    this.http.close();
    return figures;
  }

  /** An error in there is a fault of the generator itself: it ends the process, and with it the run. */
  private watch(work: Promise<void>): void {
    this.devicesAtWork++;
    void work.then(() => this.devicesAtWork--);
  }
}
