/** Who can see an object or a bucket, asked of the account API: two questions at a time, only for what is on the screen. */

import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactElement, type ReactNode, useContext, useState } from 'react';
import type { VisibilityView } from '../../../../src/http/api/visibility.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { WhoBadge } from '../../ui/values.tsx';
import { createGate, type Gate } from './gate.ts';

const IN_FLIGHT = 2;
const GateContext = createContext<Gate | undefined>(undefined);

/** Around all that ask together. */
export function WhoGate({ children }: { readonly children: ReactNode }): ReactElement {
  const [gate] = useState(() => createGate(IN_FLIGHT));
  return <GateContext value={gate}>{children}</GateContext>;
}

interface WhoProps {
  readonly bucket: string;
  /** The bucket itself, without. */
  readonly objectKey?: string;
}

/** Blank until it is known, and where one may not know. */
export function Who({ bucket, objectKey }: WhoProps): ReactElement | null {
  const text = useText().browser.who;
  const { api } = useServices();
  const gate = useContext(GateContext);
  const { data } = useQuery({
    queryKey: ['who', bucket, objectKey ?? null],
    queryFn: ({ signal }) => {
      const ask = () => api.get<VisibilityView>('/access/visibility', { query: { bucket, key: objectKey }, signal });
      return gate === undefined ? ask() : gate(ask, signal);
    },
    retry: false,
    staleTime: 60_000,
  });
  if (data === undefined) return null;
  const label = data.who === 'others' ? text.others(data.others.length) : text[data.who];
  return <WhoBadge who={data.who} label={label} />;
}
