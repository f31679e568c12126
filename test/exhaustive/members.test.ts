/**
 * Rule 10, honesty: nothing that S3 defines is silently dropped.
 *
 * AWS's own service model names every header, query parameter and element that each operation takes. Each is declared here:
 * honoured, without effect, or refused. And each is sent, added to a plain request of the operation, to see that this is
 * true: what is honoured makes a difference (`members/probes.ts` says which), what has no effect makes none, and what is
 * refused is `501 NotImplemented` with its name and leaves everything as it was. Operations that are not built refuse as a
 * whole, whatever they are sent.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ERRORS } from '../../src/model/errors.ts';
import { HANDLERS } from '../../src/ops/handlers.ts';
import { ruleFor } from '../../src/ops/refusals.ts';
import { OPERATIONS, type OperationName, type OperationRow } from '../../src/ops/table.ts';
import { elementRuleFor } from '../../src/wire/documents/elements.ts';
import { type InputMember, type ModelOperation, readServiceModel } from '../support/service-model.ts';
import { EXAMPLES, type Example } from './members/examples.ts';
import { legalValue, type Probe, probeFor } from './members/probes.ts';
import { type Added, formOfPut, requestOf } from './members/requests.ts';
import { type Sent, type Sight, Stage } from './members/stage.ts';

interface Declaration {
  readonly verdict: 'honoured' | 'without effect' | 'refused';
  readonly except?: readonly string[];
}

/** What is declared of a member of an operation that is built. Bucket and key are what the address is made of. */
function declarationOf(
  operation: OperationName,
  method: string,
  { place, name }: InputMember,
): Declaration | undefined {
  const { parameters, select }: OperationRow = OPERATIONS[operation];
  switch (place) {
    case 'header':
      return ruleFor(name.toLowerCase(), operation, method);
    case 'headers':
      return ruleFor(`${name.toLowerCase()}name`, operation, method);
    case 'querystring':
      return [...parameters, ...select].includes(name) ? { verdict: 'honoured' } : undefined;
    case 'element':
      return elementRuleFor(name.replace('@', '/'));
    case 'uri':
    case 'body':
      return { verdict: 'honoured' };
  }
}

const exampleOf = (name: OperationName, given: Example = {}): Example => {
  const example: Example = EXAMPLES[name] ?? {};
  return {
    ...example,
    ...given,
    query: { ...example.query, ...given.query },
    headers: { ...example.headers, ...given.headers },
  };
};

// --------------------------------------------------------------------------------------------------------- judgements

/** What is wrong with a member that was sent; undefined when it is as it was declared. */
type Judgement = (without: Sight, withIt: Sight) => string | undefined;

/** Answers to HEAD have no body to name a code in, and a batch names it of its entries. */
const isCode = ({ code, status, text }: Sight, wanted: string): boolean =>
  code === wanted ||
  (status === 200 && text.includes(`<Code>${wanted}</Code>`)) ||
  (text === '' && Object.entries(ERRORS).some(([each, row]) => each === wanted && row.status === status));

function honoured({ is, value }: Probe): Judgement {
  return (without, withIt) => {
    const seen = `${withIt.status} ${withIt.code ?? ''}`;
    if (is === 'kept') {
      if (withIt.status >= 300) return `the value "${value}" is refused: ${seen} ${withIt.text}`;
      return withIt.stored === without.stored ? `the value "${value}" leaves no trace in what is stored` : undefined;
    }
    if (is === 'allowed') {
      const asWanted = without.status === 403 && withIt.status < 300;
      return asWanted
        ? undefined
        : `"${value}" does not make it allowed: ${without.status}, then ${seen} ${withIt.text}`;
    }
    if (is === 'answered')
      return withIt.answer === without.answer ? `the answer is the same with "${value}"` : undefined;
    if (!isCode(withIt, is)) return `"${value}" is not answered ${is} but ${seen} ${withIt.text}`;
    if (isCode(without, is)) return `the answer is ${is} without it, too`;
    return withIt.stored === withIt.before ? undefined : 'refused, but something was stored';
  };
}

const withoutEffect: Judgement = (without, withIt) =>
  withIt.answer === without.answer && withIt.stored === without.stored
    ? undefined
    : `it is declared to have no effect, but has: ${withIt.status} ${withIt.text}`;

/** By its name: the header's, or that of the element that is refused with all that is in it. */
const refused =
  (name: string): Judgement =>
  (_, withIt) => {
    const said = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
    if (!isCode(withIt, 'NotImplemented')) return `not refused: ${withIt.status} ${withIt.text}`;
    if (withIt.text !== '' && !withIt.text.toLowerCase().includes(said))
      return `refused without being named: ${withIt.text}`;
    return withIt.stored === withIt.before ? undefined : 'refused, but something was stored';
  };

// --------------------------------------------------------------------------------------------------------- the walk

let stage: Stage | undefined;
before(async () => {
  stage = await Stage.open();
});
after(() => stage?.close());

function onStage(): Stage {
  assert(stage !== undefined, 'the stage is open');
  return stage;
}

/** An operation that is built, and the way in which its requests are sent. */
interface Subject {
  readonly operation: ModelOperation;
  readonly name: OperationName;
  readonly as: (sent: Sent) => Sent;
}

const see = ({ operation, as }: Subject, example: Example, added: readonly Added[] = []): Promise<Sight> =>
  onStage().see(example.setting ?? 'full', as(requestOf(operation, example, added)));

/** Examples without anything added, each seen once. */
const plain = new Map<string, Promise<Sight>>();
function seePlain(subject: Subject, example: Example): Promise<Sight> {
  const name = `${subject.name} ${subject.as.name} ${JSON.stringify(example)}`;
  const sight = plain.get(name) ?? see(subject, example);
  plain.set(name, sight);
  return sight;
}

/** What is wrong with one member: not declared, not probed, or not as declared. */
async function problemsOf(subject: Subject, member: InputMember): Promise<readonly string[]> {
  const { operation, name } = subject;
  const declared = declarationOf(name, operation.method, member);
  if (declared === undefined) return ['is not declared: honoured, without effect or refused?'];
  const sends = async (value: string, judge: Judgement, given?: Example): Promise<readonly string[]> => {
    const example = exampleOf(name, given);
    const problem = judge(await seePlain(subject, example), await see(subject, example, [{ member, value }]));
    return problem === undefined ? [] : [problem];
  };
  const probed = member.place === 'header' ? member.name.toLowerCase() : member.name;
  if (declared.verdict === 'honoured') {
    const probe = probeFor(name, probed);
    if (probe === undefined) return ['is declared honoured, but no probe shows it'];
    return sends(probe.value, honoured(probe), probe.given);
  }
  if (declared.verdict === 'without effect') return sends(legalValue(member), withoutEffect);
  const named = member.place === 'element' ? (elementRuleFor(member.name)?.element ?? '') : probed;
  const wrong = [...(await sends(legalValue(member), refused(named)))];
  for (const value of declared.except ?? []) wrong.push(...(await sends(value, withoutEffect)));
  return wrong;
}

const isBuilt = (name: string): name is OperationName =>
  Object.entries(HANDLERS).some(([each, handler]) => each === name && handler !== undefined);

/** Lists directory buckets at a host name of their own, which is not served: `GET /` is ListBuckets. */
const ELSEWHERE: ReadonlySet<string> = new Set(['ListDirectoryBuckets']);

const plainly = (sent: Sent): Sent => sent;

/** What is wrong with the members of an operation that `chosen` says, by their names. */
async function problemsIn(subject: Subject, chosen: (member: InputMember) => boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  const [once, again] = [await seePlain(subject, exampleOf(subject.name)), await see(subject, exampleOf(subject.name))];
  if (once.answer !== again.answer || once.stored !== again.stored)
    wrong.push(`no difference would prove anything: without one, too, ${again.answer} is not ${once.answer}`);
  for (const member of subject.operation.input.filter(chosen)) {
    for (const problem of await problemsOf(subject, member)) wrong.push(`${member.name} ${problem}`);
  }
  return wrong;
}

for (const operation of readServiceModel()) {
  const { name, input } = operation;
  if (ELSEWHERE.has(name)) continue;
  if (isBuilt(name)) {
    test(`rule 10: ${name}: every member is honoured, without effect or refused, as declared`, async () => {
      assert.deepEqual(await problemsIn({ operation, name, as: plainly }, ({ place }) => place !== 'uri'), []);
    });
  } else {
    test(`rule 10: ${name} is refused as a whole, whatever it is sent`, async () => {
      for (const members of [input.filter(({ required }) => required), input]) {
        const added = members.map((member) => ({ member, value: legalValue(member) }));
        const sight = await onStage().see('full', requestOf(operation, {}, added));
        assert.equal(sight.status, 501, sight.text);
        assert.equal(sight.stored, sight.before);
      }
    });
  }
  if (name === 'PutObject') {
    test('rule 10: a browser’s form: every field is honoured, without effect or refused as its header is', async () => {
      assert.deepEqual(await problemsIn({ operation, name, as: formOfPut }, isField), []);
    });
  }
}

/** S3 has no conditions in forms, and of the headers that frame a body none. */
function isField({ place, name }: InputMember): boolean {
  return (place === 'header' || place === 'headers') && !/^(?:content-length|if-)/i.test(name);
}
