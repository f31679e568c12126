/** What can be done with a bucket. Its settings are drawers over this page, each with its address. */

import { useNavigate } from '@tanstack/react-router';
import {
  ArrowLeftRight,
  CircleHelp,
  ClipboardCopy,
  Ellipsis,
  Eraser,
  FolderOpen,
  History,
  Lock,
  ScrollText,
  Trash2,
} from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../text/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/clipboard.ts';
import { Menu, type MenuEntries } from '../../ui/menu.tsx';
import { useToasts } from '../../ui/toast.tsx';

interface BucketMenuProps {
  readonly bucket: string;
  readonly onEmpty: () => void;
  readonly onDelete: () => void;
}

export function BucketMenu({ bucket, onEmpty, onDelete }: BucketMenuProps): ReactElement {
  const { menuOf, act } = useText().buckets;
  const navigate = useNavigate();
  const toasts = useToasts();
  const drawer = (panel: string) => () => void navigate({ to: '/buckets', search: { bucket, panel } });
  const copy = (): void => void copyText(`s3://${bucket}`).then((done) => (done ? toasts.say(act.copied) : undefined));
  const why = (): void => void navigate({ to: '/explain', search: { action: 's3:ListBucket', resource: bucket } });
  const entries: MenuEntries = [
    [{ label: act.open, icon: FolderOpen, act: () => void navigate({ to: '/buckets/$bucket', params: { bucket } }) }],
    [
      { label: act.access, icon: Lock, act: drawer('acl') },
      { label: act.cors, icon: ArrowLeftRight, act: drawer('cors') },
      { label: act.policy, icon: ScrollText, act: drawer('policy') },
      { label: act.versioning, icon: History, act: drawer('versioning') },
    ],
    [
      { label: act.copy, icon: ClipboardCopy, act: copy },
      { label: act.explain, icon: CircleHelp, act: why },
    ],
    [
      { label: act.empty, icon: Eraser, danger: true, act: onEmpty },
      { label: act.delete, icon: Trash2, danger: true, act: onDelete },
    ],
  ];
  return (
    <Menu entries={entries} align="end">
      <IconButton icon={Ellipsis} label={menuOf(bucket)} />
    </Menu>
  );
}
