/** Starts instances, freezes one, prints their process ids, and waits until it is killed. */
import { createSimulator } from "../../../simulator";
import { createFleet, createSite } from "../site";
import { TestSimulator } from "../stack";

async function main(directory: string): Promise<void> {
  const simulator = await createSimulator({ directory, timeScale: 20 });
  const stack = new TestSimulator(simulator, directory);
  await createFleet(stack, await createSite(stack), { version: "1.0.0" });
  const [hanging] = simulator.instances();
  if (hanging) simulator.freezeInstance(hanging.id);
  console.log(JSON.stringify(simulator.instances().map(({ pid }) => pid)));
  setInterval(() => {}, 1000);
}

void main(process.argv[2] ?? "");
