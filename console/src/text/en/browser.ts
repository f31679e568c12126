/** English: browser. */

export const browser = Object.freeze({});
