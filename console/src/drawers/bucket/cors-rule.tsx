/** One CORS rule as a form. */

import { Plus, X } from 'lucide-react';
import { type FormEvent, type ReactElement, useId, useState } from 'react';
import type { CorsRule } from '../../s3/buckets.ts';
import { useSettingsText } from '../../text/settings.ts';
import { IconButton } from '../../ui/button.tsx';
import { CheckField, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/page.tsx';
import styles from './cors.module.css';
import { type CorsField, type CorsProblem, METHODS } from './cors-model.ts';

export function useProblemText(): (problem: CorsProblem) => string {
  const text = useSettingsText().cors;
  return ({ what, field, value }) => {
    if (what === 'missing') return text.problems.missing(text.fields[field]);
    if (what === 'long' || what === 'number' || what === 'many') return text.problems[what];
    return text.problems[what](value);
  };
}

interface RuleProps {
  readonly number: number;
  readonly rule: CorsRule;
  readonly problems: readonly CorsProblem[];
  readonly risky: boolean;
  readonly onChange: (rule: CorsRule) => void;
  readonly onRemove: () => void;
}

export function CorsRuleForm({ number, rule, problems, risky, onChange, onRemove }: RuleProps): ReactElement {
  const text = useSettingsText().cors;
  const say = useProblemText();
  const errorOf = (field: CorsField): string | undefined => {
    const found = problems.filter((problem) => problem.field === field).map(say);
    return found.length === 0 ? undefined : found.join(' ');
  };
  const list = (field: 'origins' | 'headers' | 'expose', hint?: string): ReactElement => (
    <Values
      label={text.fields[field]}
      hint={hint}
      error={errorOf(field)}
      values={rule[field]}
      onChange={(values) => onChange({ ...rule, [field]: values })}
    />
  );
  const age = errorOf('maxAge');
  return (
    <fieldset className={styles.rule}>
      <legend>{text.rule(number)}</legend>
      <span className={styles.remove}>
        <IconButton icon={X} label={text.removeRule(number)} onClick={onRemove} />
      </span>
      {list('origins', text.originHint)}
      <Methods rule={rule} error={errorOf('methods')} onChange={onChange} />
      {list('headers')}
      {list('expose')}
      <TextField
        label={text.fields.maxAge}
        inputMode="numeric"
        value={rule.maxAge === undefined || Number.isNaN(rule.maxAge) ? '' : String(rule.maxAge)}
        onChange={(typed) => {
          const { maxAge: _, ...rest } = rule;
          const digits = typed.replace(/\D/g, '');
          onChange(digits === '' ? rest : { ...rest, maxAge: Number(digits) });
        }}
        {...(age === undefined ? {} : { error: age })}
      />
      {risky ? <Banner tone="warn">{text.risky}</Banner> : null}
    </fieldset>
  );
}

interface MethodsProps {
  readonly rule: CorsRule;
  readonly error: string | undefined;
  readonly onChange: (rule: CorsRule) => void;
}

function Methods({ rule, error, onChange }: MethodsProps): ReactElement {
  const text = useSettingsText().cors;
  const known = [...METHODS, ...rule.methods.filter((method) => !METHODS.some((one) => one === method))];
  const set = (method: string, on: boolean): void =>
    onChange({ ...rule, methods: known.filter((one) => (one === method ? on : rule.methods.includes(one))) });
  return (
    <fieldset className={styles.methods}>
      <legend>{text.fields.methods}</legend>
      {known.map((method) => (
        <CheckField
          key={method}
          label={method}
          checked={rule.methods.includes(method)}
          onChange={(on) => set(method, on)}
        />
      ))}
      {error === undefined ? null : (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface ValuesProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error: string | undefined;
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}

/** Texts as chips, with a line that adds one: Enter, a comma or leaving it does. */
function Values({ label, hint, error, values, onChange }: ValuesProps): ReactElement {
  const text = useSettingsText().cors;
  const id = useId();
  const [typed, setTyped] = useState('');
  const take = (value: string): void => {
    const more = value.split(/[\s,]+/).filter((one) => one !== '' && !values.includes(one));
    if (more.length > 0) onChange([...values, ...more]);
    setTyped('');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    take(typed);
  };
  return (
    <form className={styles.values} onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      {values.length === 0 ? null : (
        <ul className={styles.chips}>
          {values.map((value) => (
            <li key={value}>
              <code>{value}</code>
              <IconButton
                icon={X}
                label={text.remove(value)}
                onClick={() => onChange(values.filter((one) => one !== value))}
              />
            </li>
          ))}
        </ul>
      )}
      <span className={styles.line}>
        <input
          id={id}
          value={typed}
          placeholder={hint}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={error !== undefined || undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          onChange={(event) =>
            event.target.value.endsWith(',') ? take(event.target.value) : setTyped(event.target.value)
          }
          onBlur={() => take(typed)}
        />
        <IconButton icon={Plus} label={text.add(label)} type="submit" />
      </span>
      {error === undefined ? null : (
        <p className={styles.error} id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
