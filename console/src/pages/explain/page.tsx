/** Why somebody may or may not. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function ExplainPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.explain}>{null}</Page>;
}
