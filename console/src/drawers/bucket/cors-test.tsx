/** The tester: what a browser would ask first, what it would be answered, and what is missing where it is refused. */

import { type ReactElement, useState } from 'react';
import type { CorsRule } from '../../s3/buckets.ts';
import { encodeName } from '../../s3/encode.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Banner, Snippet } from '../../ui/page.tsx';
import styles from './cors.module.css';
import { type CorsQuestion, type CorsVerdict, corsVerdict, METHODS, type Missed, namesIn } from './cors-model.ts';

interface TesterProps {
  readonly bucket: string;
  readonly rules: readonly CorsRule[];
  readonly onChange: (rules: readonly CorsRule[]) => void;
}

const ORIGIN = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/\s]+|null)$/i;

export function CorsTester({ bucket, rules, onChange }: TesterProps): ReactElement {
  const text = useSettingsText().cors;
  const [origin, setOrigin] = useState('https://app.example.org');
  const [method, setMethod] = useState<(typeof METHODS)[number]>('PUT');
  const [headers, setHeaders] = useState('content-type');
  const [asked, setAsked] = useState<CorsQuestion>();
  const bad = !ORIGIN.test(origin.trim());
  const verdict = asked === undefined ? undefined : corsVerdict(rules, asked);
  return (
    <section className={styles.test} aria-label={text.test}>
      <h3>{text.test}</h3>
      <p className={styles.lead}>{text.testLead}</p>
      <form
        className={styles.question}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(bad ? undefined : { origin: origin.trim(), method, headers: namesIn(headers) });
        }}
      >
        <TextField
          label={text.origin}
          value={origin}
          onChange={setOrigin}
          {...(bad ? { error: text.badOrigin } : {})}
        />
        <SelectField
          label={text.method}
          value={method}
          choices={METHODS.map((value) => ({ value, label: value }))}
          onChange={setMethod}
        />
        <TextField label={text.headers} value={headers} onChange={setHeaders} />
        <Button type="submit" disabled={bad}>
          {text.test}
        </Button>
      </form>
      <div aria-live="polite" className={styles.rules}>
        {verdict === undefined || asked === undefined ? null : (
          <>
            <Verdict verdict={verdict} asked={asked} rules={rules} onChange={onChange} />
            <Exact bucket={bucket} asked={asked} verdict={verdict} />
          </>
        )}
      </div>
    </section>
  );
}

interface VerdictProps {
  readonly verdict: CorsVerdict;
  readonly asked: CorsQuestion;
  readonly rules: readonly CorsRule[];
  readonly onChange: (rules: readonly CorsRule[]) => void;
}

function Verdict({ verdict, asked, rules, onChange }: VerdictProps): ReactElement {
  const text = useSettingsText().cors;
  if (verdict.allowed) return <Banner tone="ok">{text.allowed(verdict.rule + 1)}</Banner>;
  const [nearest] = verdict.missed;
  if (nearest === undefined) return <Banner tone="bad">{text.refusedNone}</Banner>;
  const partsOf = ({ origin, method, headers }: Missed): readonly string[] => [
    text.parts.origin(origin),
    text.parts.method(method),
    headers.length === 0 ? text.parts.headersOk : text.parts.header(headers.join(', ')),
  ];
  const missing = [
    ...(nearest.origin ? [] : [asked.origin]),
    ...(nearest.method ? [] : [asked.method]),
    ...nearest.headers,
  ].join(', ');
  const fix = (): void =>
    onChange(
      rules.map((rule, index) =>
        index === nearest.rule
          ? {
              ...rule,
              origins: nearest.origin ? rule.origins : [...rule.origins, asked.origin],
              methods: nearest.method ? rule.methods : [...rule.methods, asked.method],
              headers: [...rule.headers, ...nearest.headers],
            }
          : rule,
      ),
    );
  return (
    <Banner
      tone="bad"
      actions={
        <Button small onClick={fix}>
          {text.addTo(missing, nearest.rule + 1)}
        </Button>
      }
    >
      <strong>{text.refused}</strong>
      <ul>
        {verdict.missed.slice(0, 3).map((one) => (
          <li key={one.rule}>{text.missed(one.rule + 1, partsOf(one))}</li>
        ))}
      </ul>
    </Banner>
  );
}

interface ExactProps {
  readonly bucket: string;
  readonly asked: CorsQuestion;
  readonly verdict: CorsVerdict;
}

function Exact({ bucket, asked, verdict }: ExactProps): ReactElement {
  const text = useSettingsText().cors;
  const { site } = useServices();
  const { origin, method, headers } = asked;
  const lines = [
    `Origin: ${origin}`,
    `Access-Control-Request-Method: ${method}`,
    ...(headers.length === 0 ? [] : [`Access-Control-Request-Headers: ${headers.join(', ')}`]),
  ];
  const path = `/${encodeName(bucket)}`;
  const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
  const curl = [`curl -i -X OPTIONS ${quoted(site.endpoint + path)}`, ...lines.map((line) => `  -H ${quoted(line)}`)];
  return (
    <details className={styles.exact}>
      <summary>{text.exact}</summary>
      <Snippet
        label={text.preflight}
        value={[`OPTIONS ${path} HTTP/1.1`, `Host: ${site.endpoint.replace(/^\w+:\/\//, '')}`, ...lines].join('\n')}
      />
      <Snippet
        label={text.answer}
        value={
          verdict.allowed
            ? ['HTTP/1.1 200 OK', ...verdict.answer.map(([name, value]) => `${name}: ${value}`)].join('\n')
            : 'HTTP/1.1 403 Forbidden'
        }
      />
      <Snippet label={text.curl} value={curl.join(' \\\n')} />
    </details>
  );
}
