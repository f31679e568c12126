/** Profile, keys, clients, sessions and activity. */

import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { Page } from '../../ui/page.tsx';

export function AccountPage(): ReactElement {
  const text = useText().frame;
  return <Page title={text.account}>{null}</Page>;
}
