/** The first run. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function WelcomePage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.buckets}>{null}</Page>;
}
