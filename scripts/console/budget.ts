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

/** Told, because it is what somebody waits for who opens a link to a bucket; the page of it is a chunk of its own. */
const FIRST_ROWS = { name: 'rows of a bucket, script', holds: /\/console\/src\/pages\/browser\/page\.tsx$/ };

export interface BudgetLine {
  readonly name: string;
  readonly bytes: number;
  /** Undefined: it is only told. */
  readonly limit: number | undefined;
}

export function budgetOf(files: readonly BuiltFile[]): readonly BudgetLine[] {
  const first = following(files, ({ entry }) => entry);
  const rows = following(files, ({ entry, modules }) => entry || modules.some((path) => FIRST_ROWS.holds.test(path)));
  const sum = (some: readonly BuiltFile[]) => some.reduce((total, { bytes }) => total + bytes, 0);
  const later = files.filter((file) => isScript(file) && !first.includes(file));
  return [
    { ...FIRST_SCRIPT, bytes: sum(first.filter(isScript)) },
    { ...FIRST_STYLE, bytes: sum(first.filter((file) => !isScript(file))) },
    { name: FIRST_ROWS.name, limit: undefined, bytes: sum(rows.filter(isScript)) },
    ...PARTS.map(({ name, limit, holds }) => {
      const own = later.filter(({ modules }) => modules.some((path) => holds.test(path)));
      return { name, limit, bytes: sum(own) };
    }),
  ];
}

const isScript = ({ kind }: BuiltFile): boolean => kind === 'script';

/** Where it begins, and all that follows from that without being asked for. */
function following(files: readonly BuiltFile[], begins: (file: BuiltFile) => boolean): readonly BuiltFile[] {
  const found = new Set(files.filter(begins));
  for (const { needs } of found) {
    for (const file of files) if (needs.includes(file.name)) found.add(file);
  }
  return [...found];
}

export const isOver = ({ bytes, limit }: BudgetLine): boolean => limit !== undefined && bytes > limit;

/** One line each, `first load, script   143.2 of 200 KiB`. */
export function budgetTable(lines: readonly BudgetLine[]): string {
  const widest = Math.max(...lines.map(({ name }) => name.length));
  const rows = lines.map((line) => {
    const { name, bytes, limit } = line;
    const most = limit === undefined ? '      ' : `of ${`${limit / KiB}`.padStart(3)}`;
    return `  ${name.padEnd(widest)}  ${(bytes / KiB).toFixed(1).padStart(6)} ${most} KiB${isOver(line) ? '  too much' : ''}`;
  });
  return rows.join('\n');
}
