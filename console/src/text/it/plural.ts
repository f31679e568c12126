/** Italian plurals and numbers. */

const NUMBER = new Intl.NumberFormat('it-CH');

/** `1’234`. */
export const digits = (many: number): string => NUMBER.format(many);

/** `3 oggetti`, `1 oggetto`. */
export const count = (many: number, one: string, other: string): string =>
  `${digits(many)} ${many === 1 ? one : other}`;

export const objects = (many: number): string => count(many, 'oggetto', 'oggetti');

/** The word alone that goes with so many. */
export const agreeing = (many: number, one: string, other: string): string => (many === 1 ? one : other);
