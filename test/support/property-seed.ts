import * as fc from "fast-check";

/** Properties draw the same cases at every run, so that the gate says the same of a commit twice; `RDU_PROPERTY_SEED=n` draws others. */
const { RDU_PROPERTY_SEED: seed = "1" } = process.env;
fc.configureGlobal({ seed: Number(seed) });
