/** English: transfers. */

export const transfers = Object.freeze({});
