import type { Setting } from "./setting";
import { isSetting, SETTINGS, type SettingGroup, settingRows } from "./settings";

/** The README's table of all settings. */
export function settingsTable(): string {
  const rows = settingRows().map(([key, setting]) => [
    `\`${key}\``,
    setting.meaning,
    setting.unit === undefined ? setting.allowed : `${setting.allowed} (${setting.unit})`,
    String(setting.default ?? setting.whenUnset ?? "none"),
  ]);
  return [["Key", "Meaning", "Allowed", "Default"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** The `config:` block of `Pulumi.yaml`: the settings that every stack has. */
export function projectConfig(): string {
  const declared = Object.entries<Setting | SettingGroup>(SETTINGS).flatMap(([key, entry]) =>
    isSetting(entry) && entry.default !== undefined ? [[key, entry] as const] : [],
  );
  return [
    "config:",
    ...declared.flatMap(([key, { type, meaning, unit, default: value }]) => [
      `  ${key}:`,
      `    type: ${type}`,
      `    description: ${JSON.stringify(unit === undefined ? meaning : `${meaning} In ${unit}.`)}`,
      `    default: ${value}`,
    ]),
  ].join("\n");
}
