/** A page that broke. The others go on. */

import { Wrench } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../text/index.ts';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/page.tsx';

export function PageFailure({ error }: { readonly error: unknown }): ReactElement {
  const text = useText().frame.failed;
  return (
    <Empty icon={Wrench} title={text.title}>
      <p>{text.next}</p>
      <code>{error instanceof Error ? error.message : String(error)}</code>
      <Button tone="primary" onClick={() => window.location.reload()}>
        {text.reload}
      </Button>
    </Empty>
  );
}
