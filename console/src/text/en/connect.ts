/** English: connect. */

export const connect = Object.freeze({});
