/** Where each copy of the object's bytes is, and that its checksum holds: read by the store for this answer. */

import type { ReactElement } from 'react';
import { ApiFailure } from '../../api/client.ts';
import { useServices } from '../../services.ts';
import { useLocale } from '../../text/index.ts';
import { useObjectText } from '../../text/objects.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { countText } from '../../ui/format.ts';
import { Banner, Skeleton } from '../../ui/page.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { Badge } from '../../ui/values.tsx';
import styles from './object.module.css';
import { type ObjectPlace, useOfObject } from './place.ts';

/** `GET /copies`. */
interface Copy {
  readonly start: number;
  readonly end: number;
  readonly verified: boolean;
  readonly place?: Readonly<Record<string, string>>;
  readonly problem?: string;
}

export function Copies(place: ObjectPlace): ReactElement {
  const text = useObjectText().object.copies;
  const { api } = useServices();
  const { bucket, objectKey: key, versionId } = place;
  const { data, error, refetch, isFetching } = useOfObject(place, 'copies', (signal) =>
    api.get<{ readonly copies: readonly Copy[] }>('/copies', { query: { bucket, key, versionId }, signal }),
  );
  if (error !== null) {
    const hidden = error instanceof ApiFailure && (error.status === 404 || error.status === 403);
    return hidden ? <p>{text.denied}</p> : <Failure failure={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined)
    return (
      <div>
        <p role="status">{text.reading}</p>
        <Skeleton />
      </div>
    );
  return <Found copies={data.copies} busy={isFetching} onAgain={() => void refetch()} />;
}

interface FoundProps {
  readonly copies: readonly Copy[];
  readonly busy: boolean;
  readonly onAgain: () => void;
}

function Found({ copies, busy, onAgain }: FoundProps): ReactElement {
  const text = useObjectText().object.copies;
  const locale = useLocale();
  if (copies.length === 0) return <p>{text.inRow}</p>;
  const number = (bytes: number): string => countText(bytes, locale);
  const rows = copies.map((copy, index) => ({ ...copy, id: String(index + 1) }));
  const sound = copies.filter(({ verified }) => verified).length;
  const placed = copies.some((copy) => copy.place !== undefined);
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { name: text.copy, cell: ({ id }) => id },
    ...(placed
      ? [
          {
            name: text.place,
            cell: ({ place = {} }: Copy) => (
              <bdi className={styles.mono}>
                {Object.entries(place)
                  .map(([name, value]) => `${name} ${value}`)
                  .join(', ')}
              </bdi>
            ),
          },
        ]
      : []),
    { name: text.holds, cell: ({ start, end }) => text.range(number(start), number(Math.max(start, end - 1))) },
    {
      name: text.check,
      cell: ({ verified, problem }) => (
        <>
          <Badge tone={verified ? 'ok' : 'bad'}>{verified ? text.good : text.bad}</Badge> {problem}
        </>
      ),
    },
  ];
  return (
    <div className={styles.stack}>
      <Banner tone={sound === copies.length ? 'ok' : 'bad'}>
        <strong>{text.sound(sound, copies.length)}</strong>
        <p>{sound === copies.length ? text.lead : text.repair}</p>
      </Banner>
      <Table label={text.list} columns={columns} rows={rows} keyOf={({ id }) => id} />
      {placed ? null : <p className={styles.note}>{text.hidden}</p>}
      <div>
        <Button busy={busy} onClick={onAgain}>
          {text.again}
        </Button>
      </div>
    </div>
  );
}
