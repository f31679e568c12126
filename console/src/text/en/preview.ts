/** English: previews. */

export const preview = Object.freeze({
  none: 'No preview of this kind of file.',
  noneNext: 'Download it to open it with a program of yours.',
  as: (type: string) => `Its type is ${type}.`,
  image: (name: string) => `Picture: ${name}`,
  media: (name: string) => `Recording: ${name}`,
  text: (name: string) => `Text of ${name}`,
  document: (name: string) => `Pages of ${name}`,
  broken: 'The browser cannot show this file.',
  brokenNext: 'It may be damaged, or of another type than its metadata says.',
  empty: 'The object is empty.',
  binary: 'This is not text.',
  cut: (shown: string, all: string) => `The first ${shown} of ${all}.`,
  more: 'Show more',
  large: (most: string) => `Documents above ${most} are not drawn here.`,
  compressed: 'It is stored compressed, and too large to be unpacked here.',
  page: 'Page',
});
