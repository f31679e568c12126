/** English: acl. */

export const acl = Object.freeze({});
