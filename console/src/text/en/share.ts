/** English: share. */

export const share = Object.freeze({});
