/** The secret of a new key, shown once. Leaving without having saved it asks first. From here on it is in memory until the page is left. */

import { useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { type ReactElement, useEffect, useState } from 'react';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Banner, CopyButton } from '../../ui/page.tsx';
import { envFile } from './clients.ts';
import type { Made } from './key-dialog.tsx';
import styles from './page.module.css';
import { useSecrets } from './secrets.ts';

interface SecretOnceProps {
  readonly made: Made;
  readonly onDone: () => void;
}

export function SecretOnce({ made, onDone }: SecretOnceProps): ReactElement {
  const text = useText().account.secret;
  const navigate = useNavigate();
  const secrets = useSecrets();
  const [shown, setShown] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const { key, secretAccessKey } = made;
  useEffect(() => secrets.keep(key.accessKeyId, secretAccessKey), [secrets, key, secretAccessKey]);
  const connect = (): void => {
    onDone();
    void navigate({ to: '/account/$section', params: { section: 'connect' }, search: { key: key.accessKeyId } });
  };
  const actions = leaving ? (
    <>
      <Button onClick={() => setLeaving(false)}>{text.stay}</Button>
      <Button tone="danger" onClick={onDone}>
        {text.leaveAct}
      </Button>
    </>
  ) : (
    <Button tone="primary" onClick={connect}>
      {text.saved}
    </Button>
  );
  return (
    <Dialog open onClose={() => setLeaving(true)} title={text.title} actions={actions}>
      <Banner tone={leaving ? 'bad' : 'warn'}>{leaving ? text.leave : text.once}</Banner>
      <div className={styles.secret}>
        <span>{text.id}</span>
        <code>{key.accessKeyId}</code>
        <CopyButton value={key.accessKeyId} />
        <span>{text.secret}</span>
        <code>{shown ? secretAccessKey : '•'.repeat(24)}</code>
        <CopyButton value={secretAccessKey} />
      </div>
      <span className={styles.row}>
        <Button small aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? text.conceal : text.reveal}
        </Button>
        <EnvFile made={made} />
      </span>
    </Dialog>
  );
}

/** A file of our own text: the key is all there is in it. */
function EnvFile({ made }: { readonly made: Made }): ReactElement {
  const text = useText().account.secret;
  const { site } = useServices();
  const save = (): void => {
    const { endpoint, region } = site;
    const content = envFile({ endpoint, region, accessKeyId: made.key.accessKeyId, secret: made.secretAccessKey });
    const address = URL.createObjectURL(new Blob([content], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${made.key.accessKeyId}.env`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <Button small icon={Download} onClick={save}>
      {text.download}
    </Button>
  );
}
