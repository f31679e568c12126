/** A small picture of an image: the object itself, read at a signed address that stays the same for some minutes, only into `<img>`. */

import { useQuery } from '@tanstack/react-query';
import { Image } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { useServices } from '../../services.ts';
import type { ObjectEntry } from './entries.ts';
import styles from './list.module.css';

/** Larger ones are not loaded for a picture of 96 pixels. */
const MOST_BYTES = 4_000_000;

export function Thumbnail({ bucket, entry }: { readonly bucket: string; readonly entry: ObjectEntry }): ReactElement {
  const { s3 } = useServices();
  const { key, versionId, size, etag } = entry;
  const small = size <= MOST_BYTES && !/\.(?:tiff?|heic)$/i.test(key);
  const [broken, setBroken] = useState(false);
  const { data } = useQuery({
    queryKey: ['thumbnail', bucket, key, versionId ?? etag],
    queryFn: () => s3.presign({ bucket, key, versionId }),
    enabled: small,
    retry: false,
    staleTime: 240_000,
  });
  return data === undefined || broken ? (
    <Image className={styles.sign} size={40} strokeWidth={1.25} aria-hidden />
  ) : (
    <img
      className={styles.thumbnail}
      src={data}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
}
