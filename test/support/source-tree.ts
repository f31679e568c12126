/**
 * What the repository's TypeScript says about itself, as plain data for `test/tidy.test.ts`.
 *
 * The compiler's own parser reads the files. Its programming interface is not settled yet (TypeScript 7, pinned), so all
 * that touches it is in this file.
 */

import { posix, relative, resolve } from 'node:path';
import * as ts from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

export interface Import {
  /** Path below the root with `/`, or the bare name of a package or `node:` module. */
  readonly from: string;
  readonly local: boolean;
  /** Imported names; `*` for all. */
  readonly names: readonly string[];
  /** `import type`: nothing of it is left when it runs. */
  readonly type: boolean;
  readonly line: number;
}

export interface Func {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly parameters: number;
}

/** Something that a rule may forbid, and where. */
export interface Mark {
  readonly what: string;
  readonly line: number;
}

export interface SourceFile {
  /** Below the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Exported functions, constants and classes; types are not listed. */
  readonly values: readonly string[];
  readonly functions: readonly Func[];
  /**
   * Uses of `any`, `!`, `as` (but for `as const`), the environment, the clock, randomness, state or work at module level, and
   * `words`: what a page would show or say that is written out in it.
   */
  readonly marks: readonly Mark[];
}

const EMPTY_COLLECTIONS = /^(?:new (?:Map|Set|WeakMap|WeakSet|Array)(?:<.*>)?\(\)|\[\]|\{\})$/s;
const NAMES: ReadonlyMap<string, string> = new Map([
  ['process.env', 'environment'],
  ['Date.now', 'clock'],
  ['performance.now', 'clock'],
  ['process.hrtime', 'clock'],
  ['Math.random', 'randomness'],
  ['crypto.getRandomValues', 'randomness'],
  ['crypto.randomUUID', 'randomness'],
]);
/** Import from these modules, by name, of what only `base` may read. */
const IMPORTED: ReadonlyMap<string, string> = new Map([
  ['randomBytes', 'randomness'],
  ['randomFillSync', 'randomness'],
  ['randomFill', 'randomness'],
  ['randomInt', 'randomness'],
  ['randomUUID', 'randomness'],
  ['env', 'environment'],
  ['hrtime', 'clock'],
  ['performance', 'clock'],
]);

/** Attributes whose value is shown or read out. */
const SPOKEN: ReadonlySet<string> = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label']);
/** The name of the product is the same in every language. */
const isWords = (text: string): boolean => /\p{L}/u.test(text) && text.trim() !== 'Moraine';
/** What stands in these is no language of people. */
const CODE = /^<(?:code|kbd|pre|samp)\b/;

/** A file while it is being read. */
class Reading {
  readonly imports: Import[] = [];
  readonly values: string[] = [];
  readonly functions: Func[] = [];
  readonly marks: Mark[] = [];
  readonly #file: ts.SourceFile;
  readonly #path: string;

  constructor(path: string, file: ts.SourceFile) {
    this.#path = path;
    this.#file = file;
    file.statements.forEach((statement) => {
      this.#topLevel(statement);
    });
    file.forEachChild((node) => this.#visit(node));
  }

  #line(position: number): number {
    return this.#file.getLineAndCharacterOfPosition(position).line + 1;
  }

  #mark(what: string, node: ts.Node): void {
    this.marks.push({ what, line: this.#line(node.getStart(this.#file)) });
  }

  #import(specifier: ts.Node, names: readonly string[], type = false): void {
    if (!ts.isStringLiteral(specifier)) return;
    const local = specifier.text.startsWith('.');
    const from = local ? posix.join(posix.dirname(this.#path), specifier.text) : specifier.text;
    this.imports.push({ from, local, names, type, line: this.#line(specifier.pos) });
    for (const name of from.startsWith('node:') ? names : []) {
      const what = IMPORTED.get(name);
      if (what !== undefined) this.#mark(what, specifier);
    }
  }

  #topLevel(node: ts.Node): void {
    const exported = /^export\b/.test(node.getText(this.#file));
    if (ts.isVariableStatement(node)) {
      const word = /^(?:export )?(let|var)\b/.exec(node.getText(this.#file));
      if (word !== null) this.#mark('state', node);
      for (const declaration of node.declarationList.declarations) {
        if (exported) this.values.push(declaration.name.getText(this.#file));
        const value = declaration.initializer?.getText(this.#file) ?? '';
        if (EMPTY_COLLECTIONS.test(value)) this.#mark('state', declaration);
      }
    } else if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && exported) {
      this.values.push(node.name?.getText(this.#file) ?? 'default');
    } else if (
      ts.isExpressionStatement(node) ||
      ts.isIfStatement(node) ||
      ts.isForStatement(node) ||
      ts.isForOfStatement(node) ||
      ts.isTryStatement(node)
    ) {
      this.#mark('work', node);
    }
  }

  #visit(node: ts.Node): void {
    this.#visitImport(node);
    this.#visitFunction(node);
    if (ts.isAsExpression(node) && node.type.getText(this.#file) !== 'const') this.#mark('as', node);
    if (ts.isTypeAssertion(node)) this.#mark('as', node);
    if (ts.isNonNullExpression(node)) this.#mark('!', node);
    if (node.kind === ts.SyntaxKind.AnyKeyword) this.#mark('any', node);
    if (ts.isPropertyAccessExpression(node)) {
      const what = NAMES.get(node.getText(this.#file).replace(/^globalThis\./, ''));
      if (what !== undefined) this.#mark(what, node);
    }
    if (ts.isJsxText(node) && isWords(node.text) && !this.#isCode(node.parent)) this.#mark('words', node);
    if (ts.isJsxExpression(node) && ts.isJsxElement(node.parent) && !this.#isCode(node.parent)) {
      const literal = /^\{\s*(?:'[^']*'|`[^`]*`)\s*\}$/.exec(node.getText(this.#file))?.[0] ?? '';
      if (isWords(literal.replaceAll(/\$\{[^}]*\}/g, ''))) this.#mark('words', node);
    }
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText(this.#file))) {
      const value = node.initializer;
      if (value !== undefined && ts.isStringLiteral(value) && isWords(value.text)) this.#mark('words', node);
    }
    if (ts.isNewExpression(node) && /^new Date(?:\(\))?$/.test(node.getText(this.#file))) this.#mark('clock', node);
    node.forEachChild((child) => this.#visit(child));
  }

  #isCode(element: ts.Node): boolean {
    return CODE.test(element.getText(this.#file));
  }

  #visitImport(node: ts.Node): void {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
      const names = [...named].map((element) => (element.propertyName ?? element.name).getText(this.#file));
      const whole = bindings !== undefined && ts.isNamespaceImport(bindings) ? ['*'] : [];
      const byDefault = node.importClause?.name === undefined ? [] : ['default'];
      const type = /^import\s+type\b/.test(node.getText(this.#file));
      this.#import(node.moduleSpecifier, [...names, ...whole, ...byDefault], type);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      this.#import(node.moduleSpecifier, ['*'], /^export\s+type\b/.test(node.getText(this.#file)));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      for (const argument of node.arguments) this.#import(argument, ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      this.#import(node.argument.literal, ['*']);
    } else if (ts.isNewExpression(node) && node.expression.getText(this.#file) === 'URL') {
      // new URL('./worker.ts', import.meta.url) names a module that is run, not imported.
      const [first, second] = node.arguments ?? [];
      if (first !== undefined && second?.getText(this.#file) === 'import.meta.url') this.#import(first, ['*']);
    }
  }

  #visitFunction(node: ts.Node): void {
    if (
      !(
        ts.isFunctionDeclaration(node) ||
        ts.isFunctionExpression(node) ||
        ts.isArrowFunction(node) ||
        ts.isMethodDeclaration(node) ||
        ts.isConstructorDeclaration(node)
      )
    ) {
      return;
    }
    const line = this.#line(node.getStart(this.#file));
    const lines = this.#line(node.end) - line + 1;
    const name = 'name' in node ? (node.name?.getText(this.#file) ?? '(function)') : '(function)';
    this.functions.push({ name, line, lines, parameters: node.parameters.length });
  }
}

/** Every TypeScript file of the projects at `root`, read by the compiler's parser. */
export function readSourceTree(root: string): readonly SourceFile[] {
  const api = new API({ cwd: root });
  try {
    const files = new Map(PROJECTS.flatMap((project) => filesOf(api, root, project)).map((file) => [file.path, file]));
    return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  } finally {
    api.close();
  }
}

/** A file may be in several. */
const PROJECTS = Object.freeze(
  ['.', 'console', 'test/console', 'test/browser'].map((folder) => `${folder}/tsconfig.json`),
);

function filesOf(api: API, root: string, configuration: string): readonly SourceFile[] {
  const path = resolve(root, configuration);
  const project = api.updateSnapshot({ openProject: path }).getProject(path);
  if (project === undefined) throw new Error(`no TypeScript project at ${path}`);
  const found: SourceFile[] = [];
  for (const name of project.program.getSourceFileNames()) {
    const path = relative(root, name).replaceAll('\\', '/');
    const file =
      path.startsWith('..') || path.includes('node_modules/') ? undefined : project.program.getSourceFile(name);
    if (file === undefined) continue;
    const { imports, values, functions, marks } = new Reading(path, file);
    const { text } = file;
    found.push({ path, text, lines: text.split('\n').length - 1, imports, values, functions, marks });
  }
  return found;
}
