/** Placeholder for now */
export async function handler(): Promise<never> {
  throw new Error("The watch is not implemented.");
}
