/** Many statements at a time, but not too many. */

/**
 * Runs `work` for each item, `width` at a time; the results are in the order of the items. After a failure nothing more is
 * begun, and what is under way is over when it is thrown.
 */
export async function eachOf<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const entries = items.entries();
  let failed = false;
  const run = async () => {
    // All runs take from one iterator.
    for (const [index, item] of entries) {
      if (failed) return;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, run));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return results;
}
