import ts from "typescript";
import type { SourceFile } from "./source-tree.ts";

const LONGEST_FILE = 500;

/** Words that say nothing, in file names. */
const EMPTY_FILE_WORDS = [
  ..."util utils helper helpers manager handler data info impl common misc base new v2 do stuff".split(" "),
];

/** Words that say nothing, in the names that a package exports. */
const EMPTY_NAME_WORDS = ["util", "utils", "helper", "helpers", "manager", "handler", "impl", "misc"];

/** Globals that read the clock, chance, or the host. Results must depend on inputs alone. */
const HOST_GLOBALS = ["Date", "process", "Buffer", "performance", "Intl", "setTimeout", "setInterval"];
const LOCALE_METHODS = ["localeCompare", "toLocaleString", "toLocaleLowerCase", "toLocaleUpperCase"];

/** Longer than a file may be. Tables that the formatter leaves alone are excepted. */
export function lengthViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ text }) => !/biome-ignore(-start)? format: a table/.test(text))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > LONGEST_FILE)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${LONGEST_FILE}`);
}

export function nameViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const folders = file.path.split("/").slice(1);
    const words = folders.flatMap((part) => part.replace(/\..*$/, "").split("-"));
    const inPath = words.filter((word) => EMPTY_FILE_WORDS.includes(word));
    const inExports = exportedNames(file).filter((name) =>
      name.split(/(?=[A-Z])|_/).some((word) => EMPTY_NAME_WORDS.includes(word.toLowerCase())),
    );
    return [...inPath, ...inExports].map((word) => `${file.path}: "${word}" says nothing`);
  });
}

/** An index.ts only re-exports from files of its package. */
export function frontDoorViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.endsWith("/src/index.ts"))
    .filter((file) =>
      parse(file).statements.some((statement) => !ts.isExportDeclaration(statement) || !statement.moduleSpecifier),
    )
    .map(({ path }) => `${path}: does more than re-export`);
}

/** Uses of the clock, of chance, of the locale or of the host. */
export function determinismViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const declared = new Set<string>();
    const used: string[] = [];
    const visit = (node: ts.Node): void => {
      if (
        (ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) &&
        ts.isIdentifier(node.name)
      ) {
        declared.add(node.name.text);
      }
      if (ts.isPropertyAccessExpression(node) || ts.isNewExpression(node) || ts.isCallExpression(node)) {
        const { expression } = node;
        if (ts.isIdentifier(expression) && HOST_GLOBALS.includes(expression.text)) used.push(expression.text);
      }
      if (ts.isPropertyAccessExpression(node)) {
        if (node.getText().replace(/\s/g, "") === "Math.random") used.push("Math.random");
        if (LOCALE_METHODS.includes(node.name.text)) used.push(node.name.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(parse(file));
    return [...new Set(used)].filter((name) => !declared.has(name)).map((name) => `${file.path}: uses ${name}`);
  });
}

/** Absolute paths of somebody's machine, as a document or a test picks them up by accident. */
export function machinePathViolations(files: readonly SourceFile[]): string[] {
  const pattern = /(?<![\w.%/-])(?:\/(?:home|Users|root|work|mnt|private|var\/folders)\/[\w.-]+|[A-Z]:\\Users\\)/;
  return files.flatMap(({ path, text }) => {
    const found = pattern.exec(text);
    return found === null ? [] : [`${path}: ${found[0]}`];
  });
}

function exportedNames(file: SourceFile): string[] {
  return parse(file).statements.flatMap((statement) => {
    if (!ts.canHaveModifiers(statement)) return [];
    const exported = ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    if (!exported) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText());
    }
    const name = (statement as ts.Statement & { readonly name?: ts.Identifier }).name;
    return name === undefined ? [] : [name.text];
  });
}

function parse({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
}
