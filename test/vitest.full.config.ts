import { defineConfig } from "vitest/config";

/** The long suites: conformance trees, whole models, differential runs. Minutes, not seconds. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/full/**/*.test.ts"],
    setupFiles: ["./test/support/property-seed.ts"],
    reporters: ["default", "./test/tools/line-reporter.ts"],
    testTimeout: 1_800_000,
    passWithNoTests: true,
  },
});
