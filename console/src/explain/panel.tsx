/** Why somebody may or may not do something: a question, or the id of a refused request, and the answer layer by layer. */

import { useQuery } from '@tanstack/react-query';
import { CircleHelp } from 'lucide-react';
import { type FormEvent, type ReactElement, useState } from 'react';
import type { AccessAnswer } from '../api/shapes.ts';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { CopyButton, Skeleton } from '../ui/page.tsx';
import { Badge } from '../ui/values.tsx';
import styles from './explain.module.css';
import { answerText, askedOf, OPERATIONS, operationOf, type Question } from './question.ts';

interface ExplainPanelProps {
  /** What is asked now; the answer is to this. */
  readonly asked: Question;
  readonly onAsk: (question: Question) => void;
  readonly onOpenPolicy?: (bucket: string, line: number | undefined) => void;
}

export function ExplainPanel({ asked, onAsk, onOpenPolicy }: ExplainPanelProps): ReactElement {
  return (
    <>
      {/* A question from elsewhere fills the form anew. */}
      <Form key={JSON.stringify(asked)} asked={asked} onAsk={onAsk} />
      {asked.request === '' ? (
        <Asked asked={asked} {...(onOpenPolicy === undefined ? {} : { onOpenPolicy })} />
      ) : (
        <Refused id={asked.request} {...(onOpenPolicy === undefined ? {} : { onOpenPolicy })} />
      )}
    </>
  );
}

type Principal = 'me' | 'anonymous' | 'account';

const principalOf = (principal: string): Principal =>
  principal === '' ? 'me' : principal === 'anonymous' ? 'anonymous' : 'account';

function Form({ asked, onAsk }: ExplainPanelProps): ReactElement {
  const text = useText().explain;
  const [form, setForm] = useState(asked);
  const [who, setWho] = useState<Principal>(principalOf(asked.principal));
  const operation = operationOf(form.action);
  const names: readonly string[] = OPERATIONS;
  const operations = names.includes(operation) ? names : [operation, ...names];
  const choose = (value: Principal): void => {
    setWho(value);
    setForm({ ...form, principal: value === 'anonymous' ? 'anonymous' : '' });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onAsk(form);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <SelectField<Principal>
        label={text.who}
        value={who}
        choices={[
          { value: 'me', label: text.me },
          { value: 'anonymous', label: text.anonymous },
          { value: 'account', label: text.account },
        ]}
        onChange={choose}
      />
      {who === 'account' ? (
        <TextField
          mono
          label={text.accountId}
          value={form.principal}
          onChange={(principal) => setForm({ ...form, principal })}
        />
      ) : null}
      <SelectField
        label={text.does}
        value={operation}
        choices={operations.map((value) => ({ value, label: value }))}
        onChange={(action) => setForm({ ...form, action })}
      />
      <TextField
        mono
        label={text.on}
        hint={text.onHint}
        value={form.resource}
        onChange={(resource) => setForm({ ...form, resource })}
      />
      <TextField
        mono
        label={`${text.or}: ${text.requestId}`}
        hint={text.requestHint}
        value={form.request}
        onChange={(request) => setForm({ ...form, request: request.trim() })}
      />
      <div className={styles.actions}>
        <Button type="submit" tone="primary" icon={CircleHelp}>
          {text.explain}
        </Button>
      </div>
    </form>
  );
}

type OpenPolicy = Pick<ExplainPanelProps, 'onOpenPolicy'>;

function Asked({ asked, ...rest }: OpenPolicy & { readonly asked: Question }): ReactElement | null {
  const { api } = useServices();
  const query = askedOf(asked);
  const { data, error, refetch } = useQuery({
    queryKey: ['explain', query],
    queryFn: ({ signal }) => api.get<AccessAnswer>('/access/explain', { query: query ?? {}, signal }),
    enabled: query !== undefined,
    retry: false,
    staleTime: 0,
  });
  if (query === undefined) return null;
  if (error !== null) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton />;
  const question = `${query.as ?? ''} ${query.operation ?? ''} ${asked.resource}`.trim();
  return <Answer answer={data} question={question} bucket={query.bucket ?? ''} {...rest} />;
}

/** `GET /access/refusals`. */
interface Refusal {
  readonly requestId: string;
  readonly method: string;
  readonly operation?: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly code: string;
  readonly message: string;
  readonly rights?: AccessAnswer;
}

function Refused({ id, ...rest }: OpenPolicy & { readonly id: string }): ReactElement {
  const text = useText().explain;
  const { api } = useServices();
  const { data, error, refetch } = useQuery({
    queryKey: ['refusal', id],
    queryFn: ({ signal }) => api.get<Refusal>('/access/refusals', { query: { requestId: id }, signal }),
    retry: false,
  });
  if (error !== null) return <Failure failure={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton />;
  const { bucket = '', key } = data;
  const what = key === undefined ? bucket : `${bucket}/${key}`;
  const said = text.refused(data.operation ?? data.method, what, data.code);
  return (
    <section className={styles.answer} aria-live="polite">
      <p>
        {said} {data.message}
      </p>
      {data.rights === undefined ? (
        <p>{text.noRights}</p>
      ) : (
        <Answer answer={data.rights} question={said} bucket={bucket} {...rest} />
      )}
    </section>
  );
}

interface AnswerProps extends OpenPolicy {
  readonly answer: AccessAnswer;
  readonly question: string;
  readonly bucket: string;
}

const TONES = { allows: 'ok', denies: 'bad', silent: 'neutral' } as const;

function Answer({ answer, question, bucket, onOpenPolicy }: AnswerProps): ReactElement {
  const text = useText().explain;
  const isAllowed = answer.answer === 'allowed';
  const why = answer.decisive ?? answer.remark ?? (isAllowed ? undefined : text.nothingAllows);
  return (
    <section className={styles.answer} aria-live="polite">
      <p className={styles.verdict}>
        <Badge tone={isAllowed ? 'ok' : 'bad'}>{text[answer.answer]}</Badge>
        <strong>{why}</strong>
      </p>
      <ol className={styles.layers} aria-label={text.layers}>
        {answer.reasons.map(({ layer, verdict, text: said, decides, statement }) => (
          <li key={`${layer} ${said}`} data-decides={decides}>
            <span>{text.layer[layer] ?? layer}</span>
            <Badge tone={TONES[verdict]}>{text.verdicts[verdict]}</Badge>
            <div>
              <p>{said}</p>
              {statement === undefined || onOpenPolicy === undefined ? null : (
                <Button small onClick={() => onOpenPolicy(bucket, statement.line)}>
                  {text.openPolicy(statement.line)}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {answer.remedies.length === 0 ? null : (
        <div>
          <h3>{text.remedies}</h3>
          <ul>
            {answer.remedies.map((remedy) => (
              <li key={remedy}>{remedy}</li>
            ))}
          </ul>
        </div>
      )}
      <div className={styles.actions}>
        <CopyButton label={text.copyText} value={answerText(answer, question, text)} />
      </div>
    </section>
  );
}
