/**
 * The known name that a misspelt one most likely meant, for error messages.
 *
 * Optimal string alignment distance (insert, delete, replace, swap of neighbours); names are short and few.
 */

/**
 * Undefined when nothing is near enough to be helpful: more than a third of the name would have to change, and it is not
 * the beginning of one either.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (bestDistance <= Math.max(1, Math.floor(name.length / 3))) return best;
  return name.length < 3 ? undefined : candidates.find((candidate) => candidate.startsWith(name));
}

function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = at(i - 1, j - 1) + (same ? 0 : 1);
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped ? at(i - 2, j - 2) + 1 : replaced));
    }
  }
  return at(a.length, b.length);
}
