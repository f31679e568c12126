/** English: operate. */

export const operate = Object.freeze({});
