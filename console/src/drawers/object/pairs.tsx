/** Lines of a name and a value: metadata, tags. */

import { Plus, X } from 'lucide-react';
import { type ReactElement, useEffect, useRef } from 'react';
import { useObjectText } from '../../text/objects.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { KeyName } from '../../ui/key-name.tsx';
import { plainKey } from '../../ui/key-parts.ts';
import type { Pair } from './metadata.ts';
import styles from './object.module.css';

interface PairsProps {
  readonly pairs: readonly Pair[];
  readonly problems: readonly ({ readonly of: 'name' | 'value'; readonly text: string } | undefined)[];
  readonly labels: Readonly<Record<'list' | 'name' | 'value' | 'add' | 'none', string>>;
  /** Why there can be no more. */
  readonly full?: string | undefined;
  readonly onChange: (pairs: readonly Pair[]) => void;
}

export function Pairs({ pairs, problems, labels, full, onChange }: PairsProps): ReactElement {
  const text = useObjectText().object.metadata;
  const set = (index: number, change: Partial<Pair>): void =>
    onChange(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  const box = useRef<HTMLFieldSetElement>(null);
  const added = useRef(false);
  const last = pairs.length - 1;
  // Whoever adds a line goes on typing in it.
  useEffect(() => {
    if (added.current) box.current?.querySelector<HTMLInputElement>(`[data-line="${last}"] input`)?.focus();
    added.current = false;
  }, [last]);
  const add = (): void => {
    added.current = true;
    onChange([...pairs, { name: '', value: '' }]);
  };
  return (
    <fieldset ref={box} className={styles.near} aria-label={labels.list}>
      {pairs.length === 0 ? <p className={styles.note}>{labels.none}</p> : null}
      {pairs.map(({ name, value }, index) => {
        const problem = problems[index];
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines keep their places while they are typed in
          <div key={index} className={styles.pair} data-line={index}>
            <TextField
              mono
              label={labels.name}
              value={name}
              error={problem?.of === 'name' ? problem.text : undefined}
              onChange={(to) => set(index, { name: to })}
            />
            <TextField
              mono
              label={labels.value}
              value={value}
              // What the eye would be deceived by is said in plain signs.
              hint={plainKey(value) === value ? undefined : <KeyName name={value} whole />}
              error={problem?.of === 'value' ? problem.text : undefined}
              onChange={(to) => set(index, { value: to })}
            />
            <IconButton icon={X} label={text.remove(name)} onClick={() => onChange(pairs.toSpliced(index, 1))} />
          </div>
        );
      })}
      <div>
        {full === undefined ? (
          <Button small icon={Plus} onClick={add}>
            {labels.add}
          </Button>
        ) : (
          <p className={styles.note}>{full}</p>
        )}
      </div>
    </fieldset>
  );
}
