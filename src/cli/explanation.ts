/** An explanation as text for people and as JSON for programs: the verdict first, then why, then what would change it. */

import type { Reason } from '../model/access/question.ts';
import { ERRORS, type ErrorCode } from '../model/errors.ts';
import type { Explanation, Inquiry } from '../ops/explain.ts';
import type { Rows } from '../store/port.ts';
import { visible } from './print.ts';

export interface Credentials {
  readonly name: string;
  readonly text: string;
  /** Of a whole account and of nobody there is no scope to speak of. */
  readonly hasKey: boolean;
  /** What refuses them before anybody looks at rights. */
  readonly problem: { readonly text: string; readonly code: ErrorCode; readonly remedy: string } | undefined;
}

interface Answered {
  readonly inquiry: Pick<Inquiry, 'operation' | 'bucket' | 'key' | 'versionId'>;
  readonly explanation: Explanation;
  readonly credentials: Credentials;
}

export function answerView({ inquiry, explanation, credentials }: Answered) {
  const { answer, code, remark, decision } = explanation;
  const { problem, name } = credentials;
  return {
    as: name,
    operation: inquiry.operation,
    resource: placeText(inquiry),
    answer: problem === undefined ? answer : 'denied',
    code: problem?.code ?? code,
    credentials: { verdict: problem === undefined ? 'silent' : 'denies', text: problem?.text ?? credentials.text },
    reasons: decision.reasons.map(({ layer, verdict, text }) => ({ layer, verdict, text })),
    decisive: problem === undefined ? decision.decisive?.text : problem.text,
    remark,
    remedies: remediesOf(explanation, credentials),
  };
}

/** `names`: what is said of accounts instead of their canonical ids. */
export function explanationText(answered: Answered, names: ReadonlyMap<string, string>): string {
  const { explanation, credentials } = answered;
  const { decision, remark } = explanation;
  const { problem } = credentials;
  const named = (text: string): string => visible(text.replaceAll(/\b[0-9a-f]{64}\b/g, (id) => names.get(id) ?? id));
  const first = lineOf(
    'credentials',
    problem === undefined ? '-' : 'denies',
    problem?.text ?? credentials.text,
    !!problem,
  );
  const decides = (reason: Reason): boolean => problem === undefined && reason === decision.decisive;
  const told = decision.reasons.filter(({ layer }) => credentials.hasKey || layer !== 'key-scope');
  const lines = told.map((reason) =>
    lineOf(LAYERS[reason.layer], VERDICTS[reason.verdict], named(reason.text), decides(reason)),
  );
  const isUndecided = explanation.answer === 'denied' && !decision.allowed && decision.decisive === undefined;
  const remarks = [
    ...(remark === undefined ? [] : [remark]),
    ...(isUndecided && problem === undefined ? ['Nothing allows it.'] : []),
  ];
  const remedies = remediesOf(explanation, credentials).map((remedy) => `  - ${named(remedy)}`);
  return [
    `${visible(verdictLine(answered))}\n`,
    first,
    ...lines,
    ...(remarks.length === 0 ? [] : ['', ...remarks.map(named)]),
    ...(remedies.length === 0 ? [] : ['\nWhat would change it:', ...remedies]),
    '',
  ].join('\n');
}

const LAYERS: Readonly<Record<Reason['layer'], string>> = Object.freeze({
  identity: 'identity',
  'key-scope': 'scope of the key',
  'request-payment': 'who pays',
  'public-access-block': 'public access',
  policy: 'bucket policy',
  ownership: 'ownership',
  'bucket-acl': 'ACL of the bucket',
  'object-acl': 'ACL of the object',
});
const VERDICTS: Readonly<Record<Reason['verdict'], string>> = Object.freeze({
  allows: 'allows',
  denies: 'denies',
  silent: '-',
});

/** The reason that decided has a mark in front. */
const lineOf = (layer: string, verdict: string, text: string, decides: boolean): string =>
  `${decides ? '>' : ' '} ${layer.padEnd(17)}  ${verdict.padEnd(6)}  ${text}`;

function verdictLine({ inquiry, explanation, credentials }: Answered): string {
  const { name, problem } = credentials;
  const what = `${inquiry.operation} ${placeText(inquiry)}`.trimEnd();
  const code = problem?.code ?? explanation.code;
  const answered = code === undefined ? '' : ` (${ERRORS[code].status} ${code})`;
  if (problem === undefined && explanation.answer === 'allowed') return `ALLOWED: ${name} may ${what}`;
  if (problem === undefined && explanation.answer === 'absent') return `NOT THERE: ${name} asks ${what}${answered}`;
  return `DENIED: ${name} may not ${what}${answered}`;
}

function placeText({ bucket, key, versionId }: Answered['inquiry']): string {
  if (bucket === undefined) return '';
  const object = key === undefined ? '' : `/${key}`;
  return `s3://${bucket}${object}${versionId === undefined ? '' : ` version ${versionId}`}`;
}

/** While credentials are refused, nothing else helps. */
function remediesOf({ answer, decision }: Explanation, { problem }: Credentials): readonly string[] {
  const first = problem === undefined ? [] : [problem.remedy];
  return answer === 'denied' ? [...first, ...decision.remedies] : first;
}

/** Canonical ids that the explanation names → names of their accounts. */
export async function namesIn(
  rows: Pick<Rows, 'getAccount'>,
  { decision, remark = '' }: Explanation,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const texts = [remark, ...decision.reasons.map(({ text }) => text)].join('\n');
  for (const canonicalId of new Set(texts.match(/\b[0-9a-f]{64}\b/g))) {
    const account = await rows.getAccount({ canonicalId });
    if (account !== undefined) names.set(canonicalId, account.name);
  }
  return names;
}
