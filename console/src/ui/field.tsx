/** Fields of forms: a label, one control, a hint, and what is wrong, which is read out with the control. Controls are the browser's own. */

import { type ComponentProps, type ReactElement, type ReactNode, useId, useState } from 'react';
import { useText } from '../text/index.ts';
import { Button } from './button.tsx';
import styles from './field.module.css';

interface Told {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong and what to do. */
  readonly error?: ReactNode;
}

interface FrameProps extends Told {
  readonly id: string;
  readonly children: ReactNode;
}

const toldBy = (id: string, { hint, error }: Told): string | undefined =>
  [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`].filter(Boolean).join(' ') ||
  undefined;

/** Label, hint and error around a control of the caller's own with this id (and `aria-describedby={id}-hint`). */
function FieldFrame({ id, label, hint, error, children }: FrameProps): ReactElement {
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children}
      {hint === undefined ? null : (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p className={styles.error} id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = Omit<ComponentProps<'input'>, 'className' | 'id' | 'onChange'> &
  Told & { readonly onChange: (value: string) => void; readonly mono?: boolean };

export function TextField({ label, hint, error, onChange, mono = false, ...rest }: TextFieldProps): ReactElement {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        id={id}
        className={`${styles.input} ${mono ? styles.mono : ''}`}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={toldBy(id, { label, hint, error })}
        onChange={(event) => onChange(event.target.value)}
      />
    </FieldFrame>
  );
}

/** Of a secret: hidden until asked for. */
export function SecretField(props: Omit<TextFieldProps, 'type'>): ReactElement {
  const text = useText();
  const [shown, setShown] = useState(false);
  return (
    <div className={styles.secret}>
      <TextField {...props} type={shown ? 'text' : 'password'} />
      <Button small tone="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {shown ? text.common.hide : text.common.show}
      </Button>
    </div>
  );
}

type AreaProps = Omit<ComponentProps<'textarea'>, 'className' | 'id' | 'onChange'> &
  Told & { readonly onChange: (value: string) => void };

export function TextArea({ label, hint, error, onChange, ...rest }: AreaProps): ReactElement {
  const id = useId();
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        spellCheck={false}
        rows={6}
        {...rest}
        id={id}
        className={`${styles.input} ${styles.mono}`}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={toldBy(id, { label, hint, error })}
        onChange={(event) => onChange(event.target.value)}
      />
    </FieldFrame>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly disabled?: boolean;
}

interface SelectProps<Value extends string> extends Told {
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
}

export function SelectField<Value extends string>(props: SelectProps<Value>): ReactElement {
  const { label, hint, error, value, choices, onChange, disabled = false } = props;
  const id = useId();
  const choose = (chosen: string): void => {
    const choice = choices.find((one) => one.value === chosen);
    if (choice !== undefined) onChange(choice.value);
  };
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <select
        id={id}
        className={styles.input}
        value={value}
        disabled={disabled}
        aria-describedby={toldBy(id, { label, hint, error })}
        onChange={(event) => choose(event.target.value)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} disabled={choice.disabled}>
            {choice.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

interface CheckProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  /** Looks and is announced as a switch: takes effect at once. */
  readonly asSwitch?: boolean;
}

export function CheckField({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
  asSwitch = false,
}: CheckProps): ReactElement {
  const id = useId();
  return (
    <div className={styles.check}>
      <input
        id={id}
        type="checkbox"
        role={asSwitch ? 'switch' : undefined}
        className={asSwitch ? styles.switch : styles.box}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface RadioProps<Value extends string> {
  readonly legend: ReactNode;
  readonly value: Value | undefined;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
  /** Beside each other instead of below. */
  readonly inline?: boolean;
  readonly disabled?: boolean;
}

export function RadioField<Value extends string>(props: RadioProps<Value>): ReactElement {
  const { legend, value, choices, onChange, inline = false, disabled = false } = props;
  const name = useId();
  return (
    <fieldset className={styles.radios} disabled={disabled} data-inline={inline || undefined}>
      <legend className={styles.label}>{legend}</legend>
      {choices.map((choice) => (
        <div key={choice.value} className={styles.check}>
          <input
            id={`${name}-${choice.value}`}
            type="radio"
            name={name}
            className={styles.box}
            checked={choice.value === value}
            disabled={choice.disabled}
            onChange={() => onChange(choice.value)}
          />
          <label htmlFor={`${name}-${choice.value}`}>{choice.label}</label>
          {choice.hint === undefined ? null : <p className={styles.hint}>{choice.hint}</p>}
        </div>
      ))}
    </fieldset>
  );
}
