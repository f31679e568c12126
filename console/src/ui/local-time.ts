/** Moments as fields of the kind `datetime-local` have them: the wall clock of whoever looks, to the minute. Pure. */

const two = (number: number): string => String(number).padStart(2, '0');

/** Empty: no moment, or something that is none. */
export function localTime(at: string | number | undefined): string {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const day = [String(date.getFullYear()).padStart(4, '0'), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** As ISO 8601 has it; undefined: the field is empty. */
export function momentOf(local: string): string | undefined {
  const at = Date.parse(local);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
