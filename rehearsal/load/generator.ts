import { setTimeout as sleep } from "node:timers/promises";
import type { ApplicationLoad } from "../../contract";
import { monotonicMs } from "./clock";
import type { LoadFigures } from "./figures";
import { HttpClient } from "./http-client";
import { LoadUser } from "./load-user";
import type { Mark } from "./mark";
import type { LoadSettings } from "./options";
import { seededRandom } from "./random";
import { LoadRecorder } from "./recorder";
import { Schedule } from "./schedule";
import { SessionClient } from "./session-client";
import { SocketDevice } from "./socket-device";
import { TargetAddress } from "./target-address";
import { UploadDevice } from "./upload-device";
import { UserPool } from "./user-pool";

/** Runs users, devices and the schedule in this process. Callers use `startLoad`, which starts a separate process. */
export class Generator {
  private readonly recorder = new LoadRecorder();
  private readonly http: HttpClient;
  private readonly schedule: Schedule;
  private readonly devices: readonly (UploadDevice | SocketDevice)[];
  private runningDevices = 0;

  constructor(
    private readonly settings: LoadSettings,
    load: ApplicationLoad,
  ) {
    this.recorder.colors.versionIsColor = settings.versionIsColor;
    const address = new TargetAddress(settings.url, settings.via);
    this.http = new HttpClient(address, settings.agent);
    // Makes the users of this run distinct from those of earlier runs, whose data may still be in the database.
    const run = Date.now().toString(36);
    const timeoutMs = settings.requestTimeoutSeconds * 1000;
    const open = (kind: string, number: number) => {
      const random = seededRandom(settings.seed, kind, number);
      const name = `${kind}-${number}-${run}`;
      return { random, client: new SessionClient(name, this.recorder, this.http, load, timeoutMs, random) };
    };
    const clients = (count: number, kind: string) =>
      Array.from({ length: count }, (_, number) => open(kind, number).client);

    const createUser = (number: number) => {
      const { client, random } = open("user", number);
      return new LoadUser(client, load, random);
    };
    const pool = new UserPool(createUser, settings, seededRandom(settings.seed, "pool", 0));
    this.schedule = new Schedule(settings.requestsPerSecond, (intendedMs, lagMs) => {
      this.recorder.noise.handedOver(lagMs);
      pool.take(this.recorder.due(intendedMs));
    });

    const { uploads, webSockets } = settings;
    const { upload, socket } = load;
    const uploaders = upload
      ? clients(uploads.concurrent, "recorder").map(
          (each) => new UploadDevice(each, address, uploads, upload),
        )
      : [];
    const sockets = socket
      ? clients(webSockets, "monitor").map((each) => new SocketDevice(each, address, socket))
      : [];
    this.devices = [...uploaders, ...sockets];
    this.schedule.start(this.recorder.startedMs);
    // Starts are staggered, so that at any moment some uploads begin, some are halfway and some end.
    uploaders.forEach((uploader, n) => {
      this.watch(uploader.run((n / uploaders.length) * uploads.durationSeconds * 1000));
    });
    sockets.forEach((device, n) => {
      this.watch(device.run((n / sockets.length) * 1000));
    });
  }

  mark({ name, from, to, resourcesChanged, versions = {}, atMs }: Mark): void {
    const { flips, colors } = this.recorder;
    for (const [color, version] of Object.entries(versions)) colors.deployed(color, version);
    if (from !== undefined && to !== undefined) flips.started(from, to, atMs);
    if (resourcesChanged !== undefined) flips.finished(resourcesChanged, atMs);
    this.recorder.mark(name, atMs);
  }

  figures(): LoadFigures {
    return this.recorder.figures();
  }

  /** Stops the schedule and waits for open requests. They fail if they exceed their time limit. */
  async stop(): Promise<LoadFigures> {
    this.schedule.stop();
    for (const device of this.devices) device.stop();
    const endMs = monotonicMs() + this.settings.requestTimeoutSeconds * 1000 + 500;
    while ((this.recorder.underWay > 0 || this.runningDevices > 0) && monotonicMs() < endMs) await sleep(10);
    const figures = this.recorder.end();
    this.http.close();
    return figures;
  }

  /**
   * Errors are deliberately not caught: an error here is a bug in the generator or in a journey, and must end the
   * run.
   */
  private watch(work: Promise<void>): void {
    this.runningDevices++;
    void work.then(() => this.runningDevices--);
  }
}
