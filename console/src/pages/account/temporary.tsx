/** Temporary credentials from a key, to hand on: they end by themselves, change nothing here, and may at most what the key may. */

import { type ReactElement, useState } from 'react';
import { pathOf } from '../../api/client.ts';
import type { AccessKey, TemporaryCredentials } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useAccountText } from '../../text/account.ts';
import { useLocale } from '../../text/index.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Failure } from '../../ui/failure.tsx';
import { RadioField } from '../../ui/field.tsx';
import { fullTimeText } from '../../ui/format.ts';
import { Banner, Snippet } from '../../ui/page.tsx';
import { shellQuote } from './clients.ts';

/** How long they hold, s. */
const LIVES = Object.freeze({ quarter: 900, hour: 3600, half: 43_200 });
type Life = keyof typeof LIVES;
const CHOICES: readonly Life[] = ['quarter', 'hour', 'half'];

interface TemporaryProps {
  readonly from: AccessKey;
  readonly onClose: () => void;
}

export function Temporary({ from, onClose }: TemporaryProps): ReactElement {
  const text = useAccountText().account.temporary;
  const { api } = useServices();
  const [life, setLife] = useState<Life>('hour');
  const [what, setWhat] = useState<'all' | 'read'>('all');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [made, setMade] = useState<TemporaryCredentials>();
  const make = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const scope = what === 'all' ? {} : { scope: { actions: 'read-only' } };
    const body = { lifeSeconds: LIVES[life], ...scope };
    await api
      .post<TemporaryCredentials>(pathOf('keys', from.accessKeyId, 'session'), { body })
      .then(setMade, setFailure);
    setBusy(false);
  };
  if (made !== undefined) return <Handed made={made} onClose={onClose} />;
  return (
    <Confirm
      open
      onClose={onClose}
      onConfirm={() => void make()}
      title={text.title}
      act={text.act}
      tone="primary"
      busy={busy}
    >
      <p>{text.text}</p>
      <RadioField
        legend={text.what}
        inline
        value={what}
        onChange={setWhat}
        choices={(['all', 'read'] as const).map((value) => ({ value, label: text.whats[value] }))}
      />
      <RadioField
        legend={text.life}
        inline
        value={life}
        onChange={setLife}
        choices={CHOICES.map((value) => ({ value, label: text.lives[value] }))}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
    </Confirm>
  );
}

interface HandedProps {
  readonly made: TemporaryCredentials;
  readonly onClose: () => void;
}

/** Whoever leaves makes others: nothing is lost. */
function Handed({ made, onClose }: HandedProps): ReactElement {
  const text = useAccountText().account.temporary;
  const locale = useLocale();
  const { site } = useServices();
  const values = [
    ['AWS_ACCESS_KEY_ID', made.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', made.secretAccessKey],
    ['AWS_SESSION_TOKEN', made.sessionToken],
    ['AWS_DEFAULT_REGION', site.region],
    ['AWS_ENDPOINT_URL_S3', site.endpoint],
  ] as const;
  const lines = values.map(([name, value]) => `export ${name}=${shellQuote(value)}\n`).join('');
  return (
    <Dialog open wide onClose={onClose} title={text.title} actions={<Button onClick={onClose}>{text.done}</Button>}>
      <Banner tone="warn">
        {text.once} {text.ends(fullTimeText(Date.parse(made.expiresAt), locale))}
      </Banner>
      <Snippet value={lines} label={text.title} />
    </Dialog>
  );
}
