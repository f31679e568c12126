/** `/explain`: whether somebody may do something and why, or why a request was refused. All of the question is in the address. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { ExplainPanel } from '../../explain/panel.tsx';
import type { Question } from '../../explain/question.ts';
import { useText } from '../../text/index.ts';
import { Card, Page } from '../../ui/page.tsx';

export function ExplainPage(): ReactElement {
  const text = useText();
  const navigate = useNavigate();
  const { principal = '', action = '', resource = '', request = '' } = useSearch({ strict: false });
  const ask = (question: Question): void => void navigate({ to: '/explain', search: given(question) });
  const openPolicy = (bucket: string, line: number | undefined): void => {
    const search = { panel: 'policy', ...(line === undefined ? {} : { line: String(line) }) };
    void navigate({ to: '/buckets/$bucket', params: { bucket }, search });
  };
  return (
    <Page title={text.frame.explain} below={<p>{text.explain.same}</p>}>
      <Card>
        <ExplainPanel asked={{ principal, action, resource, request }} onAsk={ask} onOpenPolicy={openPolicy} />
      </Card>
    </Page>
  );
}

/** Of a question, what is not empty: the address has nothing else. */
const given = (question: Question): Partial<Question> =>
  Object.fromEntries(Object.entries(question).filter(([, value]) => value !== ''));
