/** The warning that stays while the Console is opened over plain HTTP from another machine: whoever listens reads the keys. */

import { ShieldAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../text/index.ts';
import { Banner } from '../ui/page.tsx';

export function PlainHttp(): ReactElement | null {
  const text = useText().session;
  if (window.isSecureContext) return null;
  return (
    <Banner tone="warn" icon={ShieldAlert}>
      {text.plainHttp} {text.setUpTls}: <code>tls.certificate</code>, <code>tls.key</code>
    </Banner>
  );
}
