import { readFileSync } from "node:fs";
import { compileModel } from "@rdu/compiler";
import { parseGraph } from "@rdu/ir";
import { compile, programPage } from "@rdu/sdk";
import { graphView, renderPage, type View } from "@rdu/viewer";
import { beforeAll, describe, expect, test } from "vitest";

const MODEL = new URL("../../fixtures/models/residual_mlp/torchscript_batch/model.onnx", import.meta.url);

/** The data of a page, as its script reads it. */
function dataOf(page: string): View {
  const found = /<script id="view" type="application\/json">(.*?)<\/script>/s.exec(page)?.[1];
  return JSON.parse(found ?? "null") as View;
}

describe("the page of a program", () => {
  let page = "";
  beforeAll(async () => {
    const { program } = await compile(new Uint8Array(readFileSync(MODEL)), { batchSize: 4 });
    page = programPage(program, "model.pef");
    expect(programPage(program, "model.pef")).toBe(page);
  });

  test("holds every unit with its place, its ONNX nodes and its cycles", () => {
    const { networks, origins, chip } = dataOf(page);
    const boxes = networks.flatMap((network) => network.boxes);
    expect(boxes.length).toBeGreaterThan(20);
    expect(chip).toMatchObject({ name: "sn40l", tiles: 8 });
    for (const { name, sites = [], origin, busy, text } of boxes) {
      expect(sites.length, name).toBeGreaterThan(0);
      expect(origin.length, name).toBeGreaterThan(0);
      expect(origins[origin[0] ?? -1], name).toBeTypeOf("string");
      expect(busy, name).toBeTypeOf("number");
      expect(text.length, name).toBeGreaterThan(10);
    }
  });

  test("boxes do not cover one another, and edges run from left to right", () => {
    for (const { boxes, edges } of dataOf(page).networks) {
      expect(new Set(boxes.map(({ x, y }) => `${x} ${y}`)).size).toBe(boxes.length);
      for (const { from, to } of edges)
        for (const target of to) expect(boxes[from]?.x ?? 0).toBeLessThan(boxes[target]?.x ?? 0);
    }
  });

  test("says where it came from, what was decided and where tensors lie", () => {
    const { provenance, ledger, memory } = dataOf(page);
    expect(provenance.map(([name]) => name)).toEqual(
      expect.arrayContaining(["tool", "option precision", "sha-256 of the flow"]),
    );
    expect(ledger.length).toBeGreaterThan(0);
    expect(memory.some(({ tier, address }) => tier === "hbm" && address !== undefined)).toBe(true);
  });

  test("fetches nothing, and its script is one that parses", () => {
    expect(page).not.toMatch(/https?:|\bsrc=|\bhref=|@import|url\(/);
    expect(page).toContain("default-src 'none'");
    const script = /<script>\n(.*)<\/script>\n<\/body>/s.exec(page)?.[1] ?? "";
    expect(script.length).toBeGreaterThan(1000);
    expect(() => new Function(script)).not.toThrow();
  });
});

test("names that look like markup stay names", () => {
  const hostile = "</script><img src=x onerror=alert(1)>\u2028<!--";
  const name = JSON.stringify(hostile);
  const graph = parseGraph(`graph g(%x: f32[2]) -> (%${name}) {\n  %${name}: f32[2] = Relu@14(%x)  // at ${name}\n}\n`);
  const page = renderPage(graphView(graph, hostile, "graph"));
  expect(page).not.toContain("<img");
  expect(page).not.toContain("<!--");
  expect(page.match(/<\/script>/g)?.length).toBe(2);
  const [network] = dataOf(page).networks;
  expect(network?.boxes.map((box) => box.name)).toContain(hostile);
});

test("a section of patterns is a network of its own, with what it takes and leaves", () => {
  const environment = {
    readExternal: () => {
      throw new Error("there are no files");
    },
    version: "test",
  };
  const text = "graph g(%x: f32[4]) -> (%y) {\n  %a: f32[4] = Exp@13(%x)\n  %y: f32[4] = Neg@13(%a)\n}\n";
  const { graph } = compileModel({ kind: "graph", text }, { optimize: 0 }, environment, "patterns");
  const { networks } = graphView(graph ?? parseGraph("graph g() -> () {\n}\n"), "g", "patterns");
  expect(networks.map((network) => [network.name, network.boxes.map(({ name, kind }) => `${kind} ${name}`)])).toEqual([
    ["g", ["input x", "pattern a", "pattern y", "output y"]],
    ["s0", ["input x", "pattern a", "output a"]],
    ["s1", ["input a", "pattern y", "output y"]],
  ]);
});
