/**
 * Tables as text (RFC 4180), for spreadsheets. A cell that a spreadsheet would take for a formula begins with an apostrophe: names
 * and keys are chosen by strangers.
 */

export const table = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
