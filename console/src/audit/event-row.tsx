/** One event: its sentence; opened, all that is known of it. */

import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useAuditText } from '../text/audit.ts';
import { useLocale } from '../text/index.ts';
import { buttonClass } from '../ui/button.tsx';
import { fullTimeText } from '../ui/format.ts';
import { KeyName } from '../ui/key-name.tsx';
import { CopyButton, Facts } from '../ui/page.tsx';
import { Time } from '../ui/values.tsx';
import styles from './audit.module.css';
import { type Part, questionOf, sentenceOf, type Told, whoOf } from './sentence.ts';

export function EventRow({ told }: { readonly told: Told }): ReactElement {
  const { event, times } = told;
  const text = useAuditText();
  const [open, setOpen] = useState(false);
  const question = questionOf(event);
  return (
    <li className={styles.row}>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <ChevronRight size={16} strokeWidth={1.75} aria-hidden />
          <Time at={Date.parse(event.at)} />
          <span className={styles.sentence}>
            {sentenceOf(event, text).map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence keep their places
              <Named key={index} part={part} />
            ))}
            {times === 1 ? null : `, ${text.times(times)}`}
          </span>
        </summary>
        {open ? <Details told={told} /> : null}
      </details>
      {question === undefined ? null : (
        <Link to="/explain" search={question} className={buttonClass('quiet', true)} aria-label={text.whyLabel}>
          {text.why}
        </Link>
      )}
    </li>
  );
}

function Named({ part: { kind, text } }: { readonly part: Part }): ReactNode {
  if (kind === 'target') return <KeyName name={text} whole />;
  if (kind === 'who') return <strong>{text}</strong>;
  return kind === 'action' ? <code>{text}</code> : text;
}

function Details({ told: { event, times, since } }: { readonly told: Told }): ReactElement {
  const text = useAuditText();
  const locale = useLocale();
  const { at, actor, action, target, from, requestId, details, id } = event;
  const copied = (value: string): ReactElement => (
    <span className={styles.copied}>
      <code>{value}</code>
      <CopyButton value={value} />
    </span>
  );
  return (
    <div className={styles.details}>
      <Facts
        facts={[
          [text.what.at, fullTimeText(Date.parse(at), locale)],
          ...(times === 1 ? [] : [[text.what.since, fullTimeText(Date.parse(since), locale)] as const]),
          [text.what.who, whoOf(actor, text)],
          ...(actor.accessKeyId === undefined
            ? []
            : [[text.what.key, <code key="key">{actor.accessKeyId}</code>] as const]),
          [text.what.action, <code key="action">{action}</code>],
          [text.what.target, <KeyName key="target" name={target} whole />],
          [text.what.from, from],
          ...Object.entries(details).map(([name, value]) => [name, <bdi key={name}>{value}</bdi>] as const),
          requestId === undefined ? [text.what.id, copied(id)] : [text.what.request, copied(requestId)],
        ]}
      />
    </div>
  );
}
