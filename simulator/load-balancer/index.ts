export { createBalancer } from "./balancer";
export { BalancerError } from "./errors";
export type * from "./types";
