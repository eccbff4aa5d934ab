export * from "../contract";
