/** The secret of a new key, shown once. Leaving without having saved it asks first, on every way out. From here on it is in memory until the page is left. */

import { useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { type ReactElement, useEffect, useState } from 'react';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Banner, CopyButton } from '../../ui/page.tsx';
import { envFile } from './clients.ts';
import type { Made } from './key-dialog.tsx';
import type { Leaving } from './leaving.ts';
import styles from './page.module.css';
import { useSecrets } from './secrets.ts';

interface SecretOnceProps {
  readonly made: Made;
  readonly onDone: () => void;
  /** Somebody is about to go elsewhere: what lets them, and what keeps them here. */
  readonly leaving: Leaving;
}

export function SecretOnce({ made, onDone, leaving }: SecretOnceProps): ReactElement {
  const text = useAccountText().account.secret;
  const navigate = useNavigate();
  const secrets = useSecrets();
  const [shown, setShown] = useState(false);
  const { key, secretAccessKey } = made;
  useEffect(() => secrets.keep(key.accessKeyId, secretAccessKey), [secrets, key, secretAccessKey]);
  const connect = (): void => {
    leaving.allow();
    onDone();
    void navigate({ to: '/account/$section', params: { section: 'connect' }, search: { key: key.accessKeyId } });
  };
  const leave = (): void => {
    onDone();
    leaving.go();
  };
  const actions = leaving.asked ? (
    <>
      <Button onClick={leaving.stay}>{text.stay}</Button>
      <Button tone="danger" onClick={leave}>
        {text.leaveAct}
      </Button>
    </>
  ) : (
    <Button tone="primary" onClick={connect}>
      {text.saved}
    </Button>
  );
  return (
    <Dialog open onClose={leaving.ask} title={text.title} actions={actions}>
      <Banner tone={leaving.asked ? 'bad' : 'warn'}>{leaving.asked ? text.leave : text.once}</Banner>
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
  const text = useAccountText().account.secret;
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
