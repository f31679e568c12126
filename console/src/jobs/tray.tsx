/** What is under way, over all pages at the lower right: how far each job is, Stop, and what failed. */

import { type ReactElement, useEffect, useState, useSyncExternalStore } from 'react';
import { toldOf } from '../failures.ts';
import { useServices } from '../services.ts';
import { useText } from '../text/index.ts';
import { Button } from '../ui/button.tsx';
import { plainKey } from '../ui/key-parts.ts';
import { Bar } from '../ui/values.tsx';
import type { Job } from './jobs.ts';
import styles from './tray.module.css';

export function JobsTray(): ReactElement | null {
  const text = useText().jobs;
  const { jobs } = useServices();
  const list = useSyncExternalStore(jobs.subscribe, jobs.all);
  const running = list.some(({ state }) => state === 'running');
  useEffect(() => {
    if (!running) return undefined;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [running]);
  if (list.length === 0) return null;
  return (
    <section className={styles.tray} aria-label={text.title}>
      {list.map((job) => (
        <One key={job.id} job={job} />
      ))}
    </section>
  );
}

function One({ job }: { readonly job: Job }): ReactElement {
  const text = useText().jobs;
  const { jobs } = useServices();
  const [open, setOpen] = useState(true);
  const { id, title, done, total, failed, state } = job;
  const running = state === 'running';
  return (
    <div className={styles.job}>
      <div className={styles.line}>
        <strong>{title}</strong>
        {running ? (
          <Button small onClick={() => jobs.stop(id)}>
            {text.stop}
          </Button>
        ) : (
          <Button small onClick={() => jobs.dismiss(id)}>
            {text.close}
          </Button>
        )}
      </div>
      {running ? <Bar share={total === undefined || total === 0 ? undefined : done / total} label={title} /> : null}
      <div className={styles.line}>
        <span role="status">
          {state === 'stopped' ? `${text.stopped} ` : ''}
          {text.progress(done, total)}
          {failed === 0 ? '' : `, ${text.failed(failed)}`}
        </span>
        {failed === 0 ? null : (
          <Button small tone="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? text.hide : text.show}
          </Button>
        )}
      </div>
      {failed > 0 && open ? <Problems job={job} /> : null}
    </div>
  );
}

function Problems({ job }: { readonly job: Job }): ReactElement {
  const text = useText();
  const { problems, failed } = job;
  return (
    <ul className={styles.problems}>
      {problems.map(({ name, failure }) => {
        const { title, detail, next } = toldOf(failure, text);
        return (
          <li key={name}>
            {name === '' ? null : <bdi>{plainKey(name)}: </bdi>}
            {[title, detail, next].filter(Boolean).join(' ')}
          </li>
        );
      })}
      {failed > problems.length ? <li>{text.jobs.others(failed - problems.length)}</li> : null}
    </ul>
  );
}
