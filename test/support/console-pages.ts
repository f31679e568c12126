/** Every page and drawer of the Console, and what is wrong when something in it is cut. */

import type { S3 } from '../../console/src/s3/client.ts';

/** What the pages show. */
export async function fillForPages(s3: S3): Promise<void> {
  const bucket = 'atlas';
  await s3.createBucket({ bucket, objectLock: true });
  await s3.putObject({
    bucket,
    key: 'maps/readme.md',
    body: 'hello',
    contentType: 'text/plain',
    metadata: { a: 'b' },
  });
  await s3.putObject({ bucket, key: 'notes.txt', body: 'one' });
  await s3.putObject({ bucket, key: 'notes.txt', body: 'two' });
  await s3.createBucket({ bucket: 'empty' });
  await s3.createMultipartUpload({ bucket, key: 'unfinished' });
}

const OBJECT = '/buckets/atlas?object=notes.txt&tab=';

/** Address → what is there when it is, in English. */
export const PAGES: Readonly<Record<string, string>> = {
  '/welcome': 'Your store is running',
  '/buckets': 'atlas',
  '/buckets/atlas': 'notes.txt',
  '/buckets/atlas?view=grid': 'notes.txt',
  '/buckets/empty': 'Nothing here yet',
  '/buckets/none-of-this-name': 'none-of-this-name',
  ...Object.fromEntries(
    ['acl', 'cors', 'policy', 'access', 'versioning', 'tags', 'encryption', 'lock', 'uploads', 'payer'].map((panel) => [
      `/buckets/atlas?panel=${panel}`,
      'atlas',
    ]),
  ),
  ...Object.fromEntries(
    ['details', 'preview', 'acl', 'metadata', 'tags', 'versions', 'lock', 'copies'].map((tab) => [
      `${OBJECT}${tab}`,
      'notes.txt',
    ]),
  ),
  '/shared': 'No links yet',
  '/account/profile': 'Who you are',
  '/account/keys': 'New key',
  '/account/connect': 'Ready to paste',
  '/account/sessions': 'this one',
  '/account/activity': 'Download as CSV',
  '/operate': 'Requests',
  '/operate/accounts': 'New account',
  '/operate/accounts/operator': 'Canonical id',
  '/operate/usage': 'Counted',
  '/operate/storage': 'Where',
  '/operate/errors': 'Errors',
  '/operate/audit': 'Download as CSV',
  '/explain': 'Request id',
  '/no-such-page': 'There is no such page',
};

/** Controls that reach out of the window where nothing scrolls, and words of controls that are cut. */
export const CUT = `(() => {
  const scrolls = (element) => {
    for (let at = element.parentElement; at !== null; at = at.parentElement)
      if (at !== document.body && /auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
    return false;
  };
  const found = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
  for (const element of document.querySelectorAll('button, a, input, select, textarea, [role=tab], label, h1, h2')) {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1 || getComputedStyle(element).visibility === 'hidden' || element.closest('[inert], [aria-hidden=true]')) continue;
    const name = element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 40);
    if ((right > innerWidth + 1 || left < -1) && !scrolls(element)) found.push(name + ' reaches from ' + Math.round(left) + ' to ' + Math.round(right));
    const { overflowX, textOverflow } = getComputedStyle(element);
    if (/hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis' && element.scrollWidth > element.clientWidth + 1) found.push(name + ' is cut');
  }
  return found;
})()`;
