export { type Checksum, unpackContainer } from "./container.ts";
export { decode } from "./decode.ts";
export { dump } from "./dump.ts";
export { encode, joined } from "./encode.ts";
export { VERSION } from "./layout.ts";
export { layoutTables } from "./layout-table.ts";
export type { Binding, LedgerEntry, Pef, Provenance } from "./pef.ts";
export { validate } from "./validate.ts";
