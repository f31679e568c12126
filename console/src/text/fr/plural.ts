/** French plurals and numbers: nought and one are singular. */

const NUMBER = new Intl.NumberFormat('fr-CH');

/** `1 234`. */
export const digits = (many: number): string => NUMBER.format(many);

/** `3 objets`, `0 objet`. */
export const count = (many: number, one: string, other: string): string => `${digits(many)} ${many < 2 ? one : other}`;

export const objects = (many: number): string => count(many, 'objet', 'objets');

/** The word alone that goes with so many. */
export const agreeing = (many: number, one: string, other: string): string => (many < 2 ? one : other);
