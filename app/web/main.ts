import { webSettings } from "../environment";
import { launch, serve } from "../lifecycle";
import { createServer } from "../server";
import { AppTier } from "./app-tier";
import { LiveSockets } from "./live";
import { addRoutes } from "./routes";

const READINESS_LIMIT_MS = 2_000;

/**
 * Starts the web tier, which handles cookies, streams and WebSockets. It stores no data; the application tier does.
 */
export function startWeb(version: string): Promise<void> {
  return launch(async () => {
    const settings = webSettings(process.env, version);
    const appTier = new AppTier(settings);
    const server = createServer(settings, async () => {
      const request = {
        method: "GET",
        path: "/version",
        headers: {},
        repeatable: true,
        limitMs: READINESS_LIMIT_MS,
      };
      const answer = await appTier.call(request).catch(() => undefined);
      const own = answer?.status === 200 && answer.headers["x-changeover-color"] === settings.color;
      return own ? undefined : `no ${settings.color} application instance answered within 2 s`;
    });
    const live = new LiveSockets(settings, server, appTier);
    await addRoutes(server.http, settings, appTier);
    await serve(server, settings, {
      drain: () => live.drain(),
      release: async () => appTier.release(),
    });
  });
}
