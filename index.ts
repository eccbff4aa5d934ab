import { declareAlarms } from "./stack/alarms";
import { deployColor, retireColor } from "./stack/colors";
import { declareFoundation } from "./stack/foundation";
import { manifestsOutput } from "./stack/manifests";
import { runContractMigrations, runExpandMigrations } from "./stack/migrations";
import { stackOutputs } from "./stack/outputs";
import { planStack } from "./stack/plan-stack";
import { declareTiers } from "./stack/tiers";
import { checkColor, routeTraffic } from "./stack/traffic";

/** One update of the stack, in the order of a release. */
export = async () => {
  // Rejects invalid settings, and a release that would interrupt the service, before any resource is declared.
  const { application, settings, plan, artifacts, manifests } = await planStack();

  // Network, load balancers, artifact store, database, and the functions of the gate and the migrations.
  const base = declareFoundation(settings, application, artifacts, plan.shared);
  const expand = runExpandMigrations(base, plan.migrations);

  // Target groups and test rules; no instances yet.
  const tiers = declareTiers(base, application, artifacts);
  const alarms = declareAlarms(base, tiers);

  // 1. Serving colors: instances (application before web), health gate, production rule.
  const serving = plan.serving.map((color) => deployColor(base, tiers, plan, color, { dependsOn: [expand] }));
  const checks = plan.gateChecks.map((check) => checkColor(base, tiers, check, serving));
  const production = routeTraffic(base, tiers, plan.weights, { dependsOn: checks });

  // 2. Idle colors change only when they receive no traffic.
  const idle = plan.idle.map((color) =>
    deployColor(base, tiers, plan, color, { dependsOn: [expand, production] }),
  );

  // 3. Retired colors: web instances, drain, application instances.
  const retired = plan.retired.map((color) =>
    retireColor(base, tiers, plan, color, { dependsOn: [production] }),
  );

  // 4. Contract migrations, when no instance of a retired color is left.
  runContractMigrations(base, application, plan.migrations, {
    dependsOn: [production, ...retired.flatMap(({ instances }) => instances)],
  });

  return {
    ...stackOutputs({ base, tiers, plan, production, running: [...serving, ...idle], alarms }),
    /** The next update reads this output. */
    manifests: manifestsOutput(manifests, base.store),
  };
};
