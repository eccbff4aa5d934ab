import type { Color } from "../../components/fleet/color";
import type { ColorVersion, LastRelease, SettingValues } from "./last-release";

/** Settings of the instances. Their values stay until the color's next deployment. */
const DEPLOYED_SETTINGS = [
  ...["web.instanceType", "web.imageId", "app.instanceType", "app.imageId"],
  ...["drainSeconds", "idleTimeoutSeconds", "database.requireTls"],
];

export interface DeploymentInput {
  readonly last: LastRelease | undefined;
  readonly released: readonly ColorVersion[];
  readonly running: readonly ColorVersion[];
  readonly deployed: readonly Color[];
  readonly settings: SettingValues;
}

/** A changed setting that applies to the color's next deployment. */
export interface WaitingSetting extends ColorVersion {
  readonly key: string;
  readonly deployed: unknown;
  readonly configured: unknown;
}

/** Values that must fit the instances of all colors. */
export interface SharedSettings {
  readonly idleTimeoutSeconds?: number;
  readonly requireTls?: boolean;
}

export interface DeploymentPlan {
  /** The settings from which each color's instances are made. */
  readonly settings: Readonly<Partial<Record<Color, SettingValues>>>;
  readonly waiting: readonly WaitingSetting[];
  readonly shared: SharedSettings;
}

export function planDeployments(input: DeploymentInput): DeploymentPlan {
  const { last, released, running, deployed } = input;
  const configured = deploymentSettings(input.settings);
  const settingsOf = (color: Color): SettingValues =>
    deployed.includes(color)
      ? (last?.deployed?.[color] ?? deploymentSettings(last?.settings ?? input.settings))
      : configured;
  return {
    settings: Object.fromEntries(released.map(({ color }) => [color, settingsOf(color)])),
    waiting: released.flatMap((release) =>
      DEPLOYED_SETTINGS.filter((key) => settingsOf(release.color)[key] !== configured[key]).map((key) => ({
        ...release,
        key,
        deployed: settingsOf(release.color)[key],
        configured: configured[key],
      })),
    ),
    shared: sharedSettings([configured, ...running.map(({ color }) => settingsOf(color))]),
  };
}

function deploymentSettings(settings: SettingValues): SettingValues {
  return Object.fromEntries(
    DEPLOYED_SETTINGS.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  );
}

/**
 * A load balancer must close idle connections before the instances do, and the database may require TLS only if all
 * instances use it.
 */
function sharedSettings(all: readonly SettingValues[]): SharedSettings {
  const timeouts = all.flatMap(({ idleTimeoutSeconds }) =>
    typeof idleTimeoutSeconds === "number" ? [idleTimeoutSeconds] : [],
  );
  const tls = all.flatMap(({ "database.requireTls": value }) => (typeof value === "boolean" ? [value] : []));
  return {
    ...(timeouts.length > 0 && { idleTimeoutSeconds: Math.min(...timeouts) }),
    ...(tls.length > 0 && { requireTls: tls.every(Boolean) }),
  };
}

export function waitingNote({ color, version, key, deployed, configured }: WaitingSetting): string {
  const show = (value: unknown) => (value === undefined ? "its default" : String(value));
  return `${color} ${version} keeps ${key} ${show(deployed)}: ${show(configured)} applies to the next deployment of ${color}.`;
}
