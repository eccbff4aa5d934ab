/** Memory in GiB for each virtual CPU, by the first letter of the class. */
const MEMORY_BY_FAMILY: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8, x: 16, z: 8 };

/** Memory of the burstable classes in GiB. */
const BURSTABLE_MEMORY: Readonly<Record<string, number>> = {
  micro: 1,
  small: 2,
  medium: 4,
  large: 8,
  xlarge: 16,
  "2xlarge": 32,
};

const GIB = 2 ** 30;
/** Approximate share of the memory that RDS leaves to the database. */
const AVAILABLE_MEMORY = 0.9;

/**
 * The connections that RDS for PostgreSQL allows by default: one for each 9,531,392 bytes of memory, at most 5000.
 *
 * An unknown class counts as one with little memory.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
 */
export function defaultMaxConnections(instanceClass: string): number {
  const memoryBytes = memoryGib(instanceClass) * GIB * AVAILABLE_MEMORY;
  return Math.min(5000, Math.floor(memoryBytes / 9_531_392));
}

function memoryGib(instanceClass: string): number {
  const [, family = "", size = ""] = instanceClass.split(".");
  if (family.startsWith("t")) return BURSTABLE_MEMORY[size] ?? 1;
  const multiple = /^(\d*)xlarge$/.exec(size);
  const vcpus = multiple ? 4 * Number(multiple[1] || 1) : size === "large" ? 2 : 1;
  return vcpus * (MEMORY_BY_FAMILY[family.charAt(0)] ?? 2);
}
