/** The tester: whether somebody may do something by the text that is not saved, told by the store, layer by layer. */

import { type ReactElement, useState } from 'react';
import type { AccessAnswer } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/page.tsx';
import styles from './policy.module.css';

const OPERATIONS = ['GetObject', 'PutObject', 'DeleteObject', 'ListObjectsV2', 'GetObjectAcl', 'PutObjectAcl'] as const;
type Operation = (typeof OPERATIONS)[number];

interface TesterProps {
  readonly bucket: string;
  /** null: none. */
  readonly policy: string | null;
  readonly ready: boolean;
  readonly onLine: (line: number) => void;
}

export function PolicyTester({ bucket, policy, ready, onLine }: TesterProps): ReactElement {
  const text = useSettingsText().policy;
  const { api } = useServices();
  const [who, setWho] = useState('anonymous');
  const [operation, setOperation] = useState<Operation>('GetObject');
  const [key, setKey] = useState('example.txt');
  const [answer, setAnswer] = useState<AccessAnswer>();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const onBucket = operation === 'ListObjectsV2';
  const ask = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    setAnswer(undefined);
    const body = {
      ...{ operation, bucket, unsaved: { policy } },
      ...(onBucket || key === '' ? {} : { key }),
      ...(who.trim() === '' ? {} : { as: who.trim() }),
    };
    await api.post<AccessAnswer>('/access/explain', { body }).then(setAnswer, setFailure);
    setBusy(false);
  };
  return (
    <section className={styles.test} aria-label={text.test}>
      <h3>{text.test}</h3>
      <p className={styles.lead}>{text.testLead}</p>
      <form
        className={styles.question}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <TextField label={text.who} hint={text.whoHint} value={who} onChange={setWho} />
        <SelectField
          label={text.action}
          value={operation}
          choices={OPERATIONS.map((value) => ({ value, label: value }))}
          onChange={setOperation}
        />
        <TextField label={text.key} value={onBucket ? '' : key} disabled={onBucket} onChange={setKey} />
        <Button type="submit" busy={busy} disabled={!ready}>
          {text.test}
        </Button>
      </form>
      <div aria-live="polite">
        {failure === undefined ? null : <Failure failure={failure} />}
        {answer === undefined ? null : <Answer answer={answer} onLine={onLine} />}
      </div>
    </section>
  );
}

interface AnswerProps {
  readonly answer: AccessAnswer;
  readonly onLine: (line: number) => void;
}

function Answer({ answer, onLine }: AnswerProps): ReactElement {
  const text = useSettingsText().policy;
  const ok = answer.answer !== 'denied';
  return (
    <Banner tone={ok ? 'ok' : 'bad'}>
      <strong>{text[answer.answer]}</strong>
      <ol className={styles.reasons}>
        {answer.reasons.map(({ layer, verdict, text: said, decides, statement }) => (
          <li key={`${layer} ${said}`} data-verdict={verdict}>
            {said} {decides ? <em>({text.decides})</em> : null}{' '}
            {statement?.line === undefined ? null : (
              <Button small tone="quiet" onClick={() => onLine(statement.line ?? 1)}>
                {text.line(statement.line)}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {answer.remark === undefined ? null : <p>{answer.remark}</p>}
      {answer.remedies.length === 0 ? null : (
        <ul className={styles.reasons}>
          {answer.remedies.map((remedy) => (
            <li key={remedy}>{remedy}</li>
          ))}
        </ul>
      )}
    </Banner>
  );
}
