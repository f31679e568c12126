/** English: explain. */

export const explain = Object.freeze({});
