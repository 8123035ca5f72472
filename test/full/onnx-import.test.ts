import { describe, test } from "vitest";
import { checkAgainstOnnxProto, checkImport, modelsUnder } from "../support/import-check.ts";
import { packFolder } from "../support/packs.ts";

describe.each(["models", "conformance"] as const)("the pack of %s", (pack) => {
  const folder = packFolder(pack);
  test.skipIf(folder === undefined).each(folder === undefined ? ["absent"] : modelsUnder(folder))(
    "%s imports, prints, exports and comes back",
    (path) => {
      checkImport(folder ?? "", path);
      checkAgainstOnnxProto(folder ?? "", path);
    },
  );
});
