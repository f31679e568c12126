/** A policy's statements in words; pressing one goes to its line. */

import type { ReactElement } from 'react';
import { type SettingsText, useSettingsText } from '../../text/settings.ts';
import styles from './policy.module.css';
import { type Some, type Statement, statementsOf } from './policy-text.ts';

function sentenceOf(
  { effect, who, actions, resources, conditions }: Statement,
  { policy: text }: SettingsText,
): string {
  const joined = ({ values }: Some): string => (values.length === 0 ? text.nothing : values.join(', '));
  const people = who.values.includes('*') && !who.not ? text.everyone : joined(who);
  const acts =
    actions.values.some((one) => one === '*' || one === 's3:*') && !actions.not ? text.anything : joined(actions);
  const what = actions.not ? text.anythingBut(acts) : acts;
  const places = resources.values.map((one) => one.replace(/^arn:[^:]*:s3:::/, '')).join(text.or) || text.nothing;
  const said = conditions.map(({ key, operator, values }) => text.condition(key, operator, values.join(text.or)));
  const sentence = (effect === 'Allow' ? text.allow : text.deny)(
    who.not ? text.everyoneBut(people) : people,
    what,
    resources.not ? text.onBut(places) : text.on(places),
  );
  return sentence.concat(said.length === 0 ? '' : text.when(said.join(text.and)), '.');
}

interface SentencesProps {
  readonly policy: string;
  readonly onLine: (line: number) => void;
}

export function Sentences({ policy, onLine }: SentencesProps): ReactElement | null {
  const text = useSettingsText();
  const statements = statementsOf(policy);
  if (statements.length === 0) return null;
  return (
    <ol className={styles.statements} aria-label={text.policy.statements(statements.length)}>
      {statements.map((statement, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: statements are known by their number
        <li key={index}>
          <button type="button" data-effect={statement.effect} onClick={() => onLine(statement.line)}>
            {statement.sid === undefined ? null : <code>{statement.sid}</code>} {sentenceOf(statement, text)}
          </button>
        </li>
      ))}
    </ol>
  );
}
