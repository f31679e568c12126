/** For operators: the store as a whole. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function OperatePage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.operate}>{null}</Page>;
}

export function OperateAccountPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.operate}>{null}</Page>;
}
