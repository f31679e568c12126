/** The map of keys, behind `?`. */

import type { ReactElement } from 'react';
import { useText } from '../text/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Facts } from '../ui/page.tsx';

export function KeyMap({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactElement {
  const text = useText().frame.map;
  const groups = ['anywhere', 'list', 'rows'] as const;
  return (
    <Dialog open={open} onClose={onClose} title={text.title} wide>
      {groups.map((group) => (
        <section key={group}>
          <h3>{text[group]}</h3>
          <Facts
            facts={text.entries
              .filter(([of]) => of === group)
              .map(([, keys, does]) => [<kbd key={keys}>{keys}</kbd>, does])}
          />
        </section>
      ))}
      <p>{text.off}</p>
    </Dialog>
  );
}
