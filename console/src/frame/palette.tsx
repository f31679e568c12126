/** Search and commands (Ctrl K): go to a bucket or a page, or do something. */

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactElement, useId, useState } from 'react';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import styles from './palette.module.css';

/** Entries at once: more are found by typing on. */
const SHOWN = 50;

interface Command {
  readonly label: string;
  readonly act: () => void;
}

interface PaletteProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly operator: boolean;
}

export function Palette({ open, onClose, operator }: PaletteProps): ReactElement {
  const text = useText().frame;
  return (
    <Dialog open={open} onClose={onClose} title={text.search}>
      <Finder onClose={onClose} operator={operator} />
    </Dialog>
  );
}

/** Inside, so that each opening begins anew. */
function Finder({ onClose, operator }: Omit<PaletteProps, 'open'>): ReactElement {
  const text = useText().frame;
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const wanted = typed.trim().toLowerCase();
  const known = [...useCommands(operator), ...useBucketCommands()];
  const commands = known.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, SHOWN);
  const id = useId();
  const chosen = Math.min(at, commands.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.act();
  };
  const press = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(commands.length - 1, chosen + by)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(commands[chosen]);
    }
  };
  return (
    <div className={styles.finder}>
      <input
        className={styles.input}
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen < 0 ? undefined : `${id}-${chosen}`}
        aria-label={text.search}
        placeholder={text.searchHint}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={press}
      />
      <div id={`${id}-list`} role="listbox" aria-label={text.search} className={styles.list}>
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
          <div
            key={command.label}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={styles.option}
            onClick={() => run(command)}
          >
            {command.label}
          </div>
        ))}
      </div>
      {commands.length === 0 ? <p role="status">{text.nothing}</p> : null}
    </div>
  );
}

/** One's buckets, as far as they are known when the search opens. */
function useBucketCommands(): readonly Command[] {
  const { s3 } = useServices();
  const text = useText().frame;
  const navigate = useNavigate();
  const { data = [] } = useQuery({ queryKey: ['buckets'], queryFn: ({ signal }) => s3.listBuckets({}, { signal }) });
  return data.map(({ name }) => ({
    label: text.openBucket(name),
    act: () => void navigate({ to: '/buckets/$bucket', params: { bucket: name } }),
  }));
}

function useCommands(operator: boolean): readonly Command[] {
  const { frame, session: words } = useText();
  const { session, settings } = useServices();
  const navigate = useNavigate();
  const section = (name: string) => () => void navigate({ to: '/account/$section', params: { section: name } });
  return [
    { label: frame.buckets, act: () => void navigate({ to: '/buckets' }) },
    { label: frame.shared, act: () => void navigate({ to: '/shared' }) },
    ...(operator ? [{ label: frame.operate, act: () => void navigate({ to: '/operate' }) }] : []),
    { label: frame.explain, act: () => void navigate({ to: '/explain' }) },
    { label: frame.profile, act: section('profile') },
    { label: frame.keys, act: section('keys') },
    { label: frame.connect, act: section('connect') },
    { label: frame.sessions, act: section('sessions') },
    { label: frame.activity, act: section('activity') },
    { label: `${frame.theme}: ${frame.themes.light}`, act: () => settings.set({ theme: 'light' }) },
    { label: `${frame.theme}: ${frame.themes.dark}`, act: () => settings.set({ theme: 'dark' }) },
    { label: `${frame.theme}: ${frame.themes.system}`, act: () => settings.set({ theme: 'system' }) },
    { label: words.signOut, act: () => void session.signOut().finally(() => navigate({ to: '/sign-in' })) },
  ];
}
