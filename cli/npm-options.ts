/**
 * Reads the options that npm took for its own: `npm start --quick` instead of `npm start -- --quick`. npm passes them as
 * environment variables.
 *
 * @param names the options without dashes. Names of npm's own settings, such as `json`, must not be among them.
 */
export function npmOptions(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string | true> {
  if (env.npm_lifecycle_event !== "start") return {};
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[`npm_config_${name}`];
      if (value === undefined || value === "") return [];
      return [[name, value === "true" ? true : value] as const];
    }),
  );
}
