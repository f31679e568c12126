/** English: preview. */

export const preview = Object.freeze({});
