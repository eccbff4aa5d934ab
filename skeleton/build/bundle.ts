export * from "../../build/bundle";
