/** The list of buckets. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function BucketsPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.buckets}>{null}</Page>;
}
