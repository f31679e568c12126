/**
 * How much of the Console a browser may have to load: gzip sizes of what the build made, by what needs them, and their limits.
 *
 * The first load is the page's script and all that it imports at once; everything else comes when it is asked for. A chunk
 * counts for a part whose modules it holds, unless the first load has it already. Pure: sizes and names in, a table out.
 */

const KiB = 1024;

/** A script or style sheet of the build. */
export interface BuiltFile {
  readonly name: string;
  /** Of its gzip form. */
  readonly bytes: number;
  readonly kind: 'script' | 'style';
  /** The page itself begins with it. */
  readonly entry: boolean;
  /** Paths of the sources in it. */
  readonly modules: readonly string[];
  /** Files that it cannot do without. */
  readonly needs: readonly string[];
}

interface Part {
  readonly name: string;
  readonly limit: number;
  readonly holds: RegExp;
}

const FIRST_SCRIPT = { name: 'first load, script', limit: 200 * KiB };
const FIRST_STYLE = { name: 'first load, style', limit: 20 * KiB };
/** What loads later. */
const PARTS: readonly Part[] = Object.freeze([
  { name: 'editor', limit: 150 * KiB, holds: /\/node_modules\/@(?:codemirror|lezer)\// },
  { name: 'upload', limit: 25 * KiB, holds: /\/console\/src\/transfers\// },
  { name: 'operate', limit: 60 * KiB, holds: /\/console\/src\/pages\/operate\// },
]);

export interface BudgetLine {
  readonly name: string;
  readonly bytes: number;
  readonly limit: number;
}

export function budgetOf(files: readonly BuiltFile[]): readonly BudgetLine[] {
  const first = atOnce(files);
  const sum = (some: readonly BuiltFile[]) => some.reduce((total, { bytes }) => total + bytes, 0);
  const later = files.filter((file) => file.kind === 'script' && !first.includes(file));
  return [
    { ...FIRST_SCRIPT, bytes: sum(first.filter(({ kind }) => kind === 'script')) },
    { ...FIRST_STYLE, bytes: sum(first.filter(({ kind }) => kind === 'style')) },
    ...PARTS.map(({ name, limit, holds }) => {
      const own = later.filter(({ modules }) => modules.some((path) => holds.test(path)));
      return { name, limit, bytes: sum(own) };
    }),
  ];
}

/** The page's entry, and all that follows from it without being asked for. */
function atOnce(files: readonly BuiltFile[]): readonly BuiltFile[] {
  const found = new Set(files.filter(({ entry }) => entry));
  for (const { needs } of found) {
    for (const file of files) if (needs.includes(file.name)) found.add(file);
  }
  return [...found];
}

export const isOver = ({ bytes, limit }: BudgetLine): boolean => bytes > limit;

/** One line each, `first load, script   143.2 of 200 KiB`. */
export function budgetTable(lines: readonly BudgetLine[]): string {
  const widest = Math.max(...lines.map(({ name }) => name.length));
  const rows = lines.map((line) => {
    const amount = `${(line.bytes / KiB).toFixed(1).padStart(6)} of ${`${line.limit / KiB}`.padStart(3)} KiB`;
    return `  ${line.name.padEnd(widest)}  ${amount}${isOver(line) ? '  too much' : ''}`;
  });
  return rows.join('\n');
}
