import { setFlagsFromString } from "node:v8";
import { serveCases } from "@rdu/sdk";

// Loop nests are compiled once and run long: the quick compiler of WebAssembly only delays the good one.
setFlagsFromString("--no-liftoff");
serveCases();
