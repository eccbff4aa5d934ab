/**
 * Waits until both promises have settled, and then throws the first error. So neither is still running after an
 * error.
 */
export async function settleBoth<A, B>(promises: [A | Promise<A>, B | Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(promises);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
