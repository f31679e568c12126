/** The drawers that the address asks for, of an object, a folder or several things; loaded when the first is opened. */

import { lazy, type ReactElement, Suspense } from 'react';
import type { Targets } from '../../jobs/objects.ts';
import type { Browser } from './use-browser.ts';

const ObjectDrawer = lazy(async () => ({ default: (await import('../../drawers/object/drawer.tsx')).ObjectDrawer }));
const FolderDrawer = lazy(async () => ({ default: (await import('../../drawers/folder/drawer.tsx')).FolderDrawer }));

/** Several things at once: not in the address, which names one. */
export interface ManyAsked {
  readonly targets: Targets;
  readonly what: string;
  readonly tab: string | undefined;
}

interface DrawersProps {
  readonly browser: Browser;
  readonly many: ManyAsked | undefined;
  readonly onMany: (many: ManyAsked | undefined) => void;
}

export function Drawers({ browser, many, onMany }: DrawersProps): ReactElement | null {
  const { place, search, change } = browser;
  const { bucket } = place;
  const { object, version, tab } = search;
  const leave = { object: undefined, version: undefined, tab: undefined };
  const openPanel = (panel: string): void => {
    onMany(undefined);
    change({ ...leave, panel });
  };
  if (many !== undefined)
    return (
      <Suspense>
        <FolderDrawer
          {...{ bucket, targets: many.targets, name: many.what, tab: many.tab, onOpenPanel: openPanel }}
          onTab={(to) => onMany({ ...many, tab: to })}
          onClose={() => onMany(undefined)}
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
