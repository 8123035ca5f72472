import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["packages/*/src/**/*.test.ts", "cli/src/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/full/**"],
    setupFiles: ["./test/support/property-seed.ts"],
    reporters: ["default", "./test/tools/line-reporter.ts"],
    testTimeout: 30_000,
  },
});
