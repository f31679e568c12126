/** Links that one made. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function SharedPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.shared}>{null}</Page>;
}
