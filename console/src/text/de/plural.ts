/** German plurals and numbers. */

const NUMBER = new Intl.NumberFormat('de-CH');

/** `1’234`. */
export const digits = (many: number): string => NUMBER.format(many);

/** `3 Objekte`, `1 Objekt`. */
export const count = (many: number, one: string, other: string): string =>
  `${digits(many)} ${many === 1 ? one : other}`;

export const objects = (many: number): string => count(many, 'Objekt', 'Objekte');
