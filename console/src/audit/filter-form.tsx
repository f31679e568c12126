/** What a trail is searched for, as a form. What was searched for is in the address: coming back to it fills the form again. */

import { CircleHelp, Download, Search } from 'lucide-react';
import { type FormEvent, type ReactElement, useRef, useState } from 'react';
import { useAuditText } from '../text/audit.ts';
import { Button, LinkButton } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import styles from './audit.module.css';
import { type AuditFilter, CHOICES, type FilterForm, filterOf, formOf, KINDS } from './filter.ts';

interface FilterProps {
  readonly filter: AuditFilter;
  readonly onFilter: (filter: AuditFilter) => void;
  /** Operators see whose it was. */
  readonly withWho: boolean;
  /** Address of the same as a table. */
  readonly csv: string;
}

export function Filter({ filter, onFilter, withWho, csv }: FilterProps): ReactElement {
  const text = useAuditText();
  const [form, change] = useForm(filter);
  const object = useRef<HTMLInputElement>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onFilter(filterOf(form));
  };
  const deletions = (): void => {
    onFilter({ ...filterOf(form), action: CHOICES.deleted });
    object.current?.focus();
  };
  return (
    <form className={styles.filter} onSubmit={submit}>
      <div className={styles.fields}>
        {withWho ? (
          <TextField
            label={text.who}
            placeholder={text.whoHint}
            value={form.who}
            onChange={(who) => change({ ...form, who })}
          />
        ) : null}
        <What form={form} onChange={change} withStore={withWho} />
        <TextField
          label={text.target}
          placeholder={text.targetHint}
          ref={object}
          data-filter=""
          value={form.target}
          onChange={(target) => change({ ...form, target })}
        />
      </div>
      <div className={styles.fields}>
        <TextField
          label={text.since}
          type="datetime-local"
          value={form.since}
          onChange={(since) => change({ ...form, since })}
        />
        <TextField
          label={text.until}
          type="datetime-local"
          value={form.until}
          onChange={(until) => change({ ...form, until })}
        />
        <div className={styles.actions}>
          <Button type="submit" icon={Search}>
            {text.find}
          </Button>
          <Button tone="quiet" icon={CircleHelp} onClick={deletions}>
            {text.whoDeleted}
          </Button>
          <LinkButton tone="quiet" href={csv} download icon={Download}>
            {text.csv}
          </LinkButton>
        </div>
      </div>
    </form>
  );
}

/** The form, filled anew when something else is searched for. */
function useForm(filter: AuditFilter): readonly [FilterForm, (form: FilterForm) => void] {
  const of = JSON.stringify(filter);
  const [held, setHeld] = useState({ of, form: formOf(filter) });
  const now = held.of === of ? held : { of, form: formOf(filter) };
  if (now !== held) setHeld(now);
  return [now.form, (form) => setHeld({ of, form })];
}

interface WhatProps {
  readonly form: FilterForm;
  readonly onChange: (form: FilterForm) => void;
  readonly withStore: boolean;
}

function What({ form, onChange, withStore }: WhatProps): ReactElement {
  const text = useAuditText();
  const kinds = KINDS.filter((kind) => withStore || kind !== 'store');
  return (
    <>
      <SelectField
        label={text.kind}
        value={form.kind}
        choices={kinds.map((value) => ({ value, label: text.choices[value] }))}
        onChange={(kind) => onChange({ ...form, kind })}
      />
      {form.kind === 'other' ? (
        <TextField
          label={text.action}
          mono
          placeholder={text.actionHint}
          value={form.action}
          onChange={(action) => onChange({ ...form, action })}
        />
      ) : null}
    </>
  );
}
