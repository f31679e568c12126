/** English plurals. */

const NUMBER = new Intl.NumberFormat('en-GB');

/** `3 objects`, `1 object`. */
export const count = (many: number, one: string, other = `${one}s`): string =>
  `${NUMBER.format(many)} ${many === 1 ? one : other}`;
