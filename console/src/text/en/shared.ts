/** English: shared. */

export const shared = Object.freeze({});
