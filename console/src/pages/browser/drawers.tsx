/** The drawers that the address asks for, of an object, a folder or several things; loaded when the first is opened. */

import { lazy, type ReactElement, Suspense } from 'react';
import type { Acts } from './use-acts.ts';
import type { Browser } from './use-browser.ts';

const ObjectDrawer = lazy(async () => ({ default: (await import('../../drawers/object/drawer.tsx')).ObjectDrawer }));
const FolderDrawer = lazy(async () => ({ default: (await import('../../drawers/folder/drawer.tsx')).FolderDrawer }));

interface DrawersProps {
  readonly browser: Browser;
  readonly acts: Acts;
}

export function Drawers({ browser, acts }: DrawersProps): ReactElement | null {
  const { place, search, change } = browser;
  const { bucket } = place;
  const { object, version, tab } = search;
  const { asking, ask } = acts;
  const leave = { object: undefined, version: undefined, tab: undefined };
  const openPanel = (panel: string): void => {
    ask(undefined);
    change({ ...leave, panel });
  };
  // Several things at once are not in the address, which names one.
  if (asking?.kind === 'many')
    return (
      <Suspense>
        <FolderDrawer
          {...{ bucket: asking.bucket, targets: asking.targets, name: asking.what, tab: asking.tab }}
          onOpenPanel={openPanel}
          onTab={(to) => ask({ ...asking, tab: to })}
          onClose={() => ask(undefined)}
        />
      </Suspense>
    );
  if (object === undefined) return null;
  // A key that ends in a slash is a folder here, whether or not there is an object that marks it.
  return (
    <Suspense>
      {object.endsWith('/') ? (
        <FolderDrawer
          {...{ bucket, name: object, tab, onOpenPanel: openPanel }}
          targets={{ keys: [], prefixes: [object], except: [] }}
          onTab={(to) => change({ tab: to })}
          onClose={() => change(leave)}
        />
      ) : (
        <ObjectDrawer bucket={bucket} objectKey={object} versionId={version} tab={tab} go={change} />
      )}
    </Suspense>
  );
}
