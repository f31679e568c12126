/** `panel=cors`: rules in three forms that are one, and what a browser would be answered. */

import { Plus } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import type { CorsRule } from '../../s3/buckets.ts';
import { useServices } from '../../services.ts';
import { useText } from '../../text/index.ts';
import { useSettingsText } from '../../text/settings.ts';
import { Button } from '../../ui/button.tsx';
import { LazyEditor } from '../../ui/editor/lazy-editor.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { useToasts } from '../../ui/toast.tsx';
import { SaveBar } from '../save-bar.tsx';
import { type Saved, useSaved } from '../saved.ts';
import styles from './cors.module.css';
import { cleaned, corsProblems, NEW_RULE, riskyRules, sameCors } from './cors-model.ts';
import { CorsRuleForm, useProblemText } from './cors-rule.tsx';
import { CorsTester } from './cors-test.tsx';
import { readText, type TextForm, type TextProblem, writeText } from './cors-text.ts';
import { Reading } from './panel.tsx';
import type { PanelProps } from './panels.ts';

type Form = 'rules' | TextForm;

/** A text that somebody types: kept as it is while it cannot be read. */
interface Typed {
  readonly text: string;
  readonly problems: readonly TextProblem[];
  readonly readable: boolean;
}

function useCors(bucket: string): Saved<readonly CorsRule[]> {
  const { s3 } = useServices();
  return useSaved<readonly CorsRule[]>({
    name: ['cors', bucket],
    load: async (signal) => (await s3.getBucketCors({ bucket }, { signal })) ?? [],
    save: (rules) =>
      rules.length === 0 ? s3.deleteBucketCors({ bucket }) : s3.putBucketCors({ bucket, rules: cleaned(rules) }),
    same: sameCors,
  });
}

export function CorsPanel({ bucket, onWhy }: PanelProps): ReactElement {
  const { cors: text, bucketDrawer } = useSettingsText();
  const { common } = useText();
  const toasts = useToasts();
  const [form, setForm] = useState<Form>('rules');
  const [typed, setTyped] = useState<Typed>();
  const saved = useCors(bucket);
  const rules = saved.value ?? [];
  const broken = typed !== undefined && !typed.readable;
  const edit = (changed: readonly CorsRule[]): void => {
    setTyped(undefined);
    saved.edit(changed);
  };
  const type = (of: TextForm, value: string): void => {
    const read = readText(of, value);
    setTyped({ text: value, problems: read.problems, readable: read.rules !== undefined });
    // A text that says nothing yet is edited all the same, so that it can be discarded.
    saved.edit(read.rules ?? rules);
  };
  const save = async (): Promise<void> => {
    if (!(await saved.save())) return;
    setTyped(undefined);
    toasts.say(text.saved);
  };
  const choose = (to: Form): void => {
    if (broken) return;
    setTyped(undefined);
    setForm(to);
  };
  return (
    <Reading saved={saved} onWhy={onWhy}>
      <p className={styles.lead}>{text.lead}</p>
      <Tabs
        label={text.tabs}
        tabs={(['rules', 'xml', 'json'] as const).map((value) => ({ value, label: text.forms[value] }))}
        value={form}
        onChange={choose}
      >
        {form === 'rules' ? (
          <RuleForms rules={rules} onChange={edit} />
        ) : (
          <TextForms key={form} form={form} rules={rules} typed={typed} onType={(value) => type(form, value)} />
        )}
        {broken ? (
          <p className={styles.lead}>
            {text.fixFirst}{' '}
            <Button small onClick={() => edit(rules)}>
              {common.discard}
            </Button>
          </p>
        ) : null}
      </Tabs>
      <CorsTester bucket={bucket} rules={rules} onChange={edit} />
      <SaveBar
        saved={saved}
        label={text.save}
        changes={rules.length === 0 ? text.removeAll : bucketDrawer.notSaved}
        onSave={() => void save()}
        ready={!broken && corsProblems(rules).length === 0}
        show={(some) => writeText('json', some)}
        onWhy={onWhy}
      />
    </Reading>
  );
}

interface RuleFormsProps {
  readonly rules: readonly CorsRule[];
  readonly onChange: (rules: readonly CorsRule[]) => void;
}

function RuleForms({ rules, onChange }: RuleFormsProps): ReactElement {
  const text = useSettingsText().cors;
  const problems = corsProblems(rules);
  const risky = riskyRules(rules);
  return (
    <div className={styles.rules}>
      {rules.length === 0 ? <p>{text.none}</p> : null}
      {rules.map((rule, index) => (
        <CorsRuleForm
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no names of their own, and keep their places
          key={index}
          number={index + 1}
          rule={rule}
          problems={problems.filter((problem) => problem.rule === index)}
          risky={risky.includes(index)}
          onChange={(changed) => onChange(rules.map((one, at) => (at === index ? changed : one)))}
          onRemove={() => onChange(rules.filter((_, at) => at !== index))}
        />
      ))}
      <div>
        <Button icon={Plus} onClick={() => onChange([...rules, NEW_RULE])}>
          {text.addRule}
        </Button>
      </div>
    </div>
  );
}

interface TextFormsProps {
  readonly form: TextForm;
  readonly rules: readonly CorsRule[];
  readonly typed: Typed | undefined;
  readonly onType: (value: string) => void;
}

function TextForms({ form, rules, typed, onType }: TextFormsProps): ReactElement {
  const text = useSettingsText().cors;
  const problemText = useProblemText();
  const shown = typed?.text ?? writeText(form, rules);
  const problems = (typed?.problems ?? readText(form, shown).problems).map(({ line, problem, said }) => ({
    line,
    message: problem === undefined ? (said === '' ? text.notText : text.unknown(said)) : problemText(problem),
  }));
  return <LazyEditor label={text.forms[form]} language={form} value={shown} onChange={onType} problems={problems} />;
}
