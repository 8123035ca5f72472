export { graphView } from "./graph-view.ts";
export { type ProgramParts, programView, type SectionBusy } from "./program-view.ts";
export { renderPage } from "./render-page.ts";
export type { View } from "./view.ts";
