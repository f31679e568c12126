/**
 * What a policy says to one question: a statement that denies wins, then one that allows, then nothing.
 *
 * Source: "Policy evaluation logic". Never throws. Texts are made only when asked to explain.
 */

import type { Condition } from './conditions.ts';
import type { Policy, Statement } from './parse.ts';
import { includes } from './principals.ts';
import type { ConditionValues, PolicyQuestion, PolicyVerdict, StatementFinding } from './types.ts';

export function evaluatePolicy(
  { statements }: Policy,
  question: PolicyQuestion,
  { explain = false }: { readonly explain?: boolean } = {},
): PolicyVerdict {
  const action = question.action.toLowerCase();
  if (!explain) return decidedBy(decisive(statements, question, action));
  const obstacles = statements.map((statement) => obstacleIn(statement, question, action));
  const decided = decisiveIndex(statements, obstacles);
  const finding = (statement: Statement, index: number, obstacle: Obstacle | undefined): StatementFinding => ({
    name: statement.name,
    place: { number: index + 1, sid: statement.sid },
    effect: statement.effect,
    applies: obstacle === undefined,
    text: obstacle === undefined ? '' : textOf(obstacle, question),
  });
  const findings = statements.map((statement, index) => finding(statement, index, obstacles[index]));
  const found = findings[decided];
  return { effect: found?.effect ?? 'none', decisive: found, findings };
}

const NO_FINDINGS: readonly StatementFinding[] = Object.freeze([]);
const NONE: PolicyVerdict = Object.freeze({ effect: 'none', decisive: undefined, findings: NO_FINDINGS });

function decidedBy(statement: Statement | undefined): PolicyVerdict {
  if (statement === undefined) return NONE;
  const { name, effect } = statement;
  return { effect, decisive: { name, effect, applies: true, text: '' }, findings: NO_FINDINGS };
}

/** The same statement as `decisiveIndex` finds, without looking at more than it takes. */
function decisive(statements: readonly Statement[], question: PolicyQuestion, action: string): Statement | undefined {
  let allowing: Statement | undefined;
  for (const statement of statements) {
    if (allowing !== undefined && statement.effect === 'Allow') continue;
    if (obstacleIn(statement, question, action) !== undefined) continue;
    if (statement.effect === 'Deny') return statement;
    allowing = statement;
  }
  return allowing;
}

/** -1: no statement applies. */
function decisiveIndex(statements: readonly Statement[], obstacles: readonly (Obstacle | undefined)[]): number {
  const first = (effect: Statement['effect']): number =>
    statements.findIndex((statement, index) => statement.effect === effect && obstacles[index] === undefined);
  const denied = first('Deny');
  return denied >= 0 ? denied : first('Allow');
}

/** What first keeps a statement from applying. */
type Obstacle = 'principal' | 'action' | 'resource' | Condition;

function obstacleIn(statement: Statement, question: PolicyQuestion, action: string): Obstacle | undefined {
  const { principals, notPrincipal, actions, notAction, resources, notResource, conditions } = statement;
  if (includes(principals, question.principal) === notPrincipal) return 'principal';
  if (actions.some((pattern) => pattern.matches(action)) === notAction) return 'action';
  const { resource, conditions: values } = question;
  if (resources.some((test) => test.matches(resource, values)) === notResource) return 'resource';
  return conditions.find((condition) => !condition.holds(valuesFor(condition, question)));
}

/** A key has no value for an action that does not have the key: a header that only writes heed must not open reads. */
const valuesFor = ({ actions }: Condition, { action, conditions }: PolicyQuestion): ConditionValues =>
  actions === undefined || actions.has(action) ? conditions : new Map();

function textOf(obstacle: Obstacle, question: PolicyQuestion): string {
  switch (obstacle) {
    case 'principal':
      return question.principal.kind === 'anonymous'
        ? 'its principals do not include everybody.'
        : 'its principals do not include the caller.';
    case 'action':
      return `its actions do not include ${question.action}.`;
    case 'resource':
      return `its resources do not include ${question.resource}.`;
    default:
      return `its condition ${obstacle.name} (${listed(obstacle.wanted)}) is not met: ${found(obstacle, valuesFor(obstacle, question))}.`;
  }
}

function found({ key }: Condition, values: ConditionValues): string {
  const value = values.get(key);
  return value === undefined || value.length === 0
    ? 'the request has no such value'
    : `the request has ${listed(value)}`;
}

const SHOWN = 5;
const listed = (values: readonly string[]): string =>
  values.length <= SHOWN ? values.join(', ') : `${values.slice(0, SHOWN).join(', ')} and ${values.length - SHOWN} more`;
