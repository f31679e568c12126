/** English: buckets. */

export const buckets = Object.freeze({});
