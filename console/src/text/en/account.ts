/** English: account. */

export const account = Object.freeze({});
