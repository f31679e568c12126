/** An address without a page, or one that is for others: both look the same. */

import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../text/index.ts';
import { buttonClass } from '../ui/button.tsx';
import { Empty } from '../ui/page.tsx';

export function NotFound(): ReactElement {
  const text = useText().frame.notFound;
  return (
    <Empty icon={Compass} title={text.title}>
      <p>{text.next}</p>
      <Link to="/buckets" className={buttonClass('primary')}>
        {text.back}
      </Link>
    </Empty>
  );
}
