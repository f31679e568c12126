/** The one question about copies and moves of which some are in the way: for all of them, and changed for single ones. */

import { type ReactElement, useState } from 'react';
import { useText } from '../../text/index.ts';
import { useTransfersText } from '../../text/transfers.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { RadioField, SelectField } from '../../ui/field.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { Table } from '../../ui/table.tsx';
import type { InTheWay, Way } from './use-transfer.ts';

/** Shown in the table; the others follow what was chosen for all. */
const SHOWN = 100;

interface ExistsProps {
  readonly inTheWay: InTheWay;
  readonly onClose: () => void;
}

export function ExistsDialog({ inTheWay, onClose }: ExistsProps): ReactElement {
  const text = useTransfersText();
  const { common, jobs } = useText();
  const { keys, all, versioned, answer } = inTheWay;
  const [forAll, setForAll] = useState<Way>('skip');
  const [single, setSingle] = useState<ReadonlyMap<string, Way>>(new Map());
  const choices = [
    { value: 'replace', label: versioned ? text.newVersion : text.replace },
    { value: 'beside', label: text.keepBoth },
    { value: 'skip', label: text.skip },
  ] as const;
  const wayOf = (key: string): Way => single.get(key) ?? forAll;
  const chooseAll = (way: Way): void => {
    setForAll(way);
    setSingle(new Map());
  };
  const columns = [
    { name: text.conflicts.name, cell: (key: string) => <KeyName name={key} /> },
    {
      name: text.conflicts.choice,
      cell: (key: string) => (
        <SelectField
          label={<span className="visually-hidden">{text.conflicts.choice}</span>}
          value={wayOf(key)}
          choices={choices}
          onChange={(way: Way) => setSingle(new Map(single).set(key, way))}
        />
      ),
    },
  ];
  const actions = (
    <>
      <Button onClick={onClose}>{common.cancel}</Button>
      <Button type="submit" tone="primary">
        {jobs.goOn}
      </Button>
    </>
  );
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={text.conflicts.title(keys.length, all)}
      actions={actions}
      onSubmit={() => answer(wayOf)}
    >
      <p>{versioned ? text.conflicts.leadVersioned : text.conflicts.lead}</p>
      <RadioField legend={text.conflicts.all} inline value={forAll} choices={choices} onChange={chooseAll} />
      <Table label={text.conflicts.table} columns={columns} rows={keys.slice(0, SHOWN)} keyOf={(key) => key} />
      {keys.length > SHOWN ? <p>{text.more(keys.length - SHOWN)}</p> : null}
    </Dialog>
  );
}
