/** `/welcome`: the first run, from signing in to a file that lies in the store. Once one upload has succeeded, or "Skip", it does not come again. */

import { Link, useNavigate } from '@tanstack/react-router';
import { Check, Upload } from 'lucide-react';
import { type DragEvent, type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react';
import { useAccount, useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { Button, buttonClass } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { TextField } from '../../ui/field.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Badge } from '../../ui/values.tsx';
import { judgeName } from '../buckets/bucket-name.ts';
import styles from './page.module.css';

/** What was put there. */
interface Put {
  readonly bucket: string;
  readonly key: string;
}

export function WelcomePage(): ReactElement {
  const text = useText().welcome;
  const account = useAccount();
  const { settings } = useServices();
  const navigate = useNavigate();
  const [bucket, setBucket] = useState<string>();
  const [put, setPut] = useState<Put>();
  useEffect(() => {
    document.title = `${text.title} · Moraine`;
  }, [text]);
  const leave = (): void => {
    settings.set({ welcomed: true });
    void navigate({ to: '/buckets' });
  };
  const arrived = (what: Put): void => {
    settings.set({ welcomed: true });
    setPut(what);
  };
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <Mark size={56} />
        <h1>{text.title}</h1>
        <Button tone="quiet" onClick={leave}>
          {text.skip}
        </Button>
      </header>
      <ol className={styles.steps}>
        <Step number={1} title={text.signedIn(account.name)} done />
        <Step number={2} title={bucket === undefined ? text.makeBucket : text.made(bucket)} done={bucket !== undefined}>
          {bucket === undefined ? <MakeBucket suggestion={`${account.name}-files`} onMade={setBucket} /> : null}
        </Step>
        <Step number={3} title={text.upload} done={put !== undefined}>
          {bucket !== undefined && put === undefined ? <PutFile bucket={bucket} onPut={arrived} /> : null}
          {put === undefined ? null : (
            <p>
              {text.uploaded}{' '}
              <Link to="/buckets/$bucket" params={{ bucket: put.bucket }} search={{ object: put.key }}>
                {put.key}
              </Link>
            </p>
          )}
        </Step>
        <Step number={4} title={text.connect}>
          <p>{text.connectLead}</p>
          <Link to="/account/$section" params={{ section: 'connect' }} className={buttonClass()}>
            {text.connectAct}
          </Link>
        </Step>
      </ol>
    </div>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: ReactNode;
  readonly done?: boolean;
  readonly children?: ReactNode;
}

function Step({ number, title, done = false, children }: StepProps): ReactElement {
  const text = useText().welcome;
  return (
    <li className={styles.step} data-done={done || undefined}>
      <span className={styles.number} aria-hidden>
        {done ? <Check size={16} strokeWidth={2} /> : number}
      </span>
      <div className={styles.body}>
        <h2>
          {title} {done ? <Badge tone="ok">{text.done}</Badge> : null}
        </h2>
        {children}
      </div>
    </li>
  );
}

interface MakeBucketProps {
  readonly suggestion: string;
  readonly onMade: (bucket: string) => void;
}

function MakeBucket({ suggestion, onMade }: MakeBucketProps): ReactElement {
  const { welcome: text, buckets } = useText();
  const { s3 } = useServices();
  const [name, setName] = useState(suggestion.toLowerCase().replace(/[^a-z0-9.-]/g, '-'));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const broken = judgeName(name).filter(({ holds }) => !holds);
  const [told, setTold] = useState(false);
  const make = async (): Promise<void> => {
    setTold(true);
    if (broken.length > 0) return;
    setBusy(true);
    setFailure(undefined);
    await s3.createBucket({ bucket: name }).then(() => onMade(name), setFailure);
    setBusy(false);
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void make();
      }}
    >
      <TextField
        label={text.bucketName}
        mono
        value={name}
        onChange={setName}
        error={told && broken.length > 0 ? broken.map(({ rule }) => buckets.make[rule]).join('; ') : undefined}
      />
      {failure === undefined ? null : <Failure failure={failure} />}
      <Button type="submit" tone="primary" busy={busy}>
        {text.make}
      </Button>
    </form>
  );
}

interface PutFileProps {
  readonly bucket: string;
  readonly onPut: (put: Put) => void;
}

/** One file at a time, of any size that one request may have; more is what the bucket's own page is for. */
function PutFile({ bucket, onPut }: PutFileProps): ReactElement {
  const text = useText().welcome;
  const { s3 } = useServices();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [name, setName] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const put = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setName(file.name);
    setFailure(undefined);
    const type = file.type === '' ? {} : { contentType: file.type };
    await s3
      .putObject({ bucket, key: file.name, body: file, ...type })
      .then(() => onPut({ bucket, key: file.name }), setFailure);
    setName(undefined);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void put(event.dataTransfer.files[0]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop files on; the button inside does the same by key
    <div
      className={styles.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>{name === undefined ? text.drop : text.uploading(name)}</p>
      <input ref={input} type="file" hidden onChange={(event) => void put(event.target.files?.[0])} />
      <Button icon={Upload} busy={name !== undefined} onClick={() => input.current?.click()}>
        {text.choose}
      </Button>
      {failure === undefined ? null : <Failure failure={failure} />}
    </div>
  );
}
