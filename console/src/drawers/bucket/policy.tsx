/** `panel=policy`: the policy's statements as sentences, its text, and what it would say to somebody. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue, useState } from 'react';
import { ApiFailure } from '../../api/client.ts';
import type { Visibility } from '../../api/shapes.ts';
import { useServices } from '../../services.ts';
import { useSettingsText } from '../../text/settings.ts';
import type { CodeProblem } from '../../ui/editor/code-editor.tsx';
import { LazyEditor } from '../../ui/editor/lazy-editor.tsx';
import { SelectField } from '../../ui/field.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { Means } from '../acl/means.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './bucket.module.css';
import { Reading, useAskFirst } from './panel.tsx';
import type { PanelProps } from './panels.ts';
import { Sentences } from './policy-sentences.tsx';
import { PolicyTester } from './policy-test.tsx';
import { brokenLine, samePolicy, shownPolicy, TEMPLATES, type Template, templateText } from './policy-text.ts';

export function PolicyPanel({ bucket, line, onWhy }: PanelProps): ReactElement {
  const { s3 } = useServices();
  const saved = useSaved<string>({
    name: ['policy', bucket],
    load: async (signal) => shownPolicy(await s3.getBucketPolicy({ bucket }, { signal })),
    save: (policy) =>
      policy.trim() === '' ? s3.deleteBucketPolicy({ bucket }) : s3.putBucketPolicy({ bucket, policy }),
    same: samePolicy,
    also: [
      ['visibility', bucket],
      ['who', bucket],
    ],
  });
  return (
    <Reading saved={saved} onWhy={onWhy}>
      {saved.value === undefined ? null : (
        <Editing bucket={bucket} saved={saved} policy={saved.value} line={line} onWhy={onWhy} />
      )}
    </Reading>
  );
}

/** What the store would refuse in it, with the line; asked while it is typed. */
function useProblems(bucket: string, policy: string): readonly CodeProblem[] {
  const text = useSettingsText().policy;
  const { api } = useServices();
  const broken = brokenLine(policy);
  const body = { bucket, unsaved: { policy } };
  const { error } = useQuery({
    queryKey: ['visibility', bucket, 'unsaved', body],
    queryFn: ({ signal }) => api.post<Visibility>('/access/visibility', { body, signal }),
    enabled: broken === undefined && policy.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 0,
  });
  if (broken !== undefined) return [{ line: broken, message: text.notJson }];
  return error instanceof ApiFailure && error.field === 'unsaved.policy'
    ? [{ line: error.line ?? 1, message: error.message }]
    : [];
}

interface EditingProps {
  readonly bucket: string;
  readonly saved: Saved<string>;
  readonly policy: string;
  readonly line: number | undefined;
  readonly onWhy: (requestId: string) => void;
}

function Editing({ bucket, saved, policy, line, onWhy }: EditingProps): ReactElement {
  const { policy: text, bucketDrawer } = useSettingsText();
  const toasts = useToasts();
  const [shown, setShown] = useState(line);
  const asked = useDeferredValue(policy);
  const problems = useProblems(bucket, asked);
  const isNone = policy.trim() === '';
  const unsaved = { policy: isNone ? null : policy };
  const save = async (): Promise<void> => {
    if (await saved.save()) toasts.say(text.saved);
  };
  const { begin, question } = useAskFirst({ bucket, unsaved, save });
  return (
    <>
      <p className={styles.lead}>{isNone ? text.none : text.lead}</p>
      <Sentences policy={policy} onLine={setShown} />
      <SelectField<Template | ''>
        label={text.template}
        hint={isNone ? undefined : text.replaces}
        value=""
        choices={[
          { value: '', label: text.choose },
          ...TEMPLATES.map((value) => ({ value, label: text.templates[value] })),
        ]}
        onChange={(template) => (template === '' ? undefined : saved.edit(templateText(template, bucket)))}
      />
      <LazyEditor
        label={text.label}
        language="json"
        value={policy}
        onChange={saved.edit}
        problems={problems}
        line={shown}
      />
      {problems.length > 0 ? null : (
        <Means subject={{ kind: 'bucket', bucket }} unsaved={unsaved} changed={saved.changed} />
      )}
      <PolicyTester bucket={bucket} policy={isNone ? null : policy} ready={problems.length === 0} onLine={setShown} />
      <SaveBar
        saved={saved}
        label={text.save}
        changes={isNone ? text.removes : bucketDrawer.notSaved}
        onSave={begin}
        ready={problems.length === 0}
        show={(one) => one}
        onWhy={onWhy}
      />
      {question}
    </>
  );
}
