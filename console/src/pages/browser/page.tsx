/** What is in a bucket. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function BrowserPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.buckets}>{null}</Page>;
}
