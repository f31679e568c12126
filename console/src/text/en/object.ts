/** English: object. */

export const object = Object.freeze({});
