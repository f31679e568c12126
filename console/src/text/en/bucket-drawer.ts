/** English: bucket-drawer. */

export const bucketDrawer = Object.freeze({});
