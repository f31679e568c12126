/** The one question about a batch of which some exist already: for all of them, and changed for single ones. */

import { type ReactElement, useState } from 'react';
import { useText } from '../../text/index.ts';
import { useTransfersText } from '../../text/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type Choice, RadioField, SelectField } from '../../ui/field.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge, Size, Time } from '../../ui/values.tsx';
import type { Question } from '../desk.ts';
import { besideOf, type Conflict } from '../existing.ts';
import type { Decision } from '../uploads.ts';

type What = 'replace' | 'both' | 'skip';

/** Shown in the table; the others follow what was chosen for all. */
const SHOWN = 100;

export function ConflictDialog({ question }: { readonly question: Question }): ReactElement {
  const text = useTransfersText();
  const { conflicts, all, versioned } = question;
  const same = conflicts.filter((conflict) => conflict.same).length;
  // What differs is what there is to decide about.
  const rows = conflicts.toSorted((left, right) => Number(left.same) - Number(right.same)).slice(0, SHOWN);
  const [forAll, setForAll] = useState<What>('skip');
  const [single, setSingle] = useState<ReadonlyMap<Conflict, What>>(new Map());
  const choices = [
    { value: 'replace', label: versioned ? text.newVersion : text.replace },
    { value: 'both', label: text.keepBoth },
    { value: 'skip', label: text.skip },
  ] as const satisfies Choices;
  const whatOf = (conflict: Conflict): What => single.get(conflict) ?? (conflict.same ? 'skip' : forAll);
  const go = (): void => question.answer(decisionsOf(question, whatOf));
  const set = (conflict: Conflict, what: What): void => setSingle(new Map(single).set(conflict, what));
  const columns = useColumns(choices, whatOf, set);
  const chooseAll = (what: What): void => {
    setForAll(what);
    setSingle(new Map());
  };
  const actions = (
    <>
      <Button onClick={() => question.answer(undefined)}>{useText().common.cancel}</Button>
      <Button type="submit" tone="primary">
        {text.conflicts.go}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      wide
      onClose={() => question.answer(undefined)}
      title={text.conflicts.title(conflicts.length, all)}
      actions={actions}
      onSubmit={go}
    >
      <p>
        {versioned ? text.conflicts.leadVersioned : text.conflicts.lead}{' '}
        {same === 0 ? null : text.conflicts.sameLead(same, conflicts.length)}
      </p>
      {same === conflicts.length ? null : (
        <RadioField
          legend={same === 0 ? text.conflicts.all : text.conflicts.allOthers}
          inline
          value={forAll}
          choices={choices}
          onChange={chooseAll}
        />
      )}
      <Table label={text.conflicts.table} columns={columns} rows={rows} keyOf={({ upload }) => upload.path} />
      {conflicts.length > SHOWN ? <p>{text.more(conflicts.length - SHOWN)}</p> : null}
    </Dialog>
  );
}

type Choices = readonly Choice<What>[];

function useColumns(
  choices: Choices,
  whatOf: (conflict: Conflict) => What,
  set: (conflict: Conflict, what: What) => void,
): readonly Column<Conflict>[] {
  const text = useTransfersText();
  return [
    { name: text.conflicts.name, cell: ({ upload }) => <KeyName name={upload.path} /> },
    {
      name: text.conflicts.yours,
      cell: ({ upload: { file } }) => (
        <span>
          <Size bytes={file.size} />, <Time at={file.lastModified} />
        </span>
      ),
    },
    {
      name: text.conflicts.there,
      cell: ({ there, same }) => (
        <span>
          <Size bytes={there.size} />, <Time at={there.modifiedAt} />{' '}
          {same ? <Badge tone="ok">{text.conflicts.same}</Badge> : null}
        </span>
      ),
    },
    {
      name: text.conflicts.choice,
      cell: (conflict) => (
        <SelectField
          label={<span className="visually-hidden">{text.conflicts.choice}</span>}
          value={whatOf(conflict)}
          choices={choices}
          onChange={(what) => set(conflict, what)}
        />
      ),
    },
  ];
}

function decisionsOf({ conflicts, to }: Question, whatOf: (conflict: Conflict) => What): readonly Decision[] {
  const taken = new Set(conflicts.map(({ there }) => there.key));
  return conflicts.map((conflict) => {
    const what = whatOf(conflict);
    if (what !== 'both') return what;
    const key = besideOf(to.prefix + conflict.upload.path, (name) => taken.has(name));
    taken.add(key);
    return { key };
  });
}
