/** Whether a body of `stored` bytes can be that of an object or part of `size`: encryption makes it longer, nothing else does. */

import type { VersionAttributes } from './entities.ts';

export const fitsBody = (size: number, stored: number, attributes: VersionAttributes | undefined): boolean =>
  attributes?.encryption === undefined ? size === stored : size < stored;
