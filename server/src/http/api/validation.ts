import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Failure, failureOf, type Problem } from '../../kernel/failure.ts';

/** Every problem that a value has with a schema, as this wire tells it. */
function validatorOf(schema: TSchema): (value: unknown) => readonly Problem[] {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return [];
    const problems = [...compiled.Errors(value)].flatMap(problemsOf);
    // Each field once: what is wrong with it first is what its sender can mend.
    return [
      ...new Map(problems.toReversed().map((problem) => [problem.parameter, problem])).values(),
    ].reverse();
  };
}

/** Carries a refusal through Fastify, which writes into the errors of its validators. */
export class Unfit extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** For Fastify: takes what fits, and refuses the rest with every problem at once. */
export const validatorCompiler = ({ schema }: { readonly schema: unknown }) => {
  const problemsIn = validatorOf(schema as TSchema);
  return (value: unknown) => {
    const problems = problemsIn(value ?? {});
    return problems.length === 0 ? { value: value ?? {} } : { error: new Unfit(failureOf(problems)) };
  };
};

type Complaint = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
};

function problemsOf({ keyword, instancePath, params, message }: Complaint): Problem[] {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const within = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (keyword === 'required' && 'requiredProperties' in params) {
    return (params.requiredProperties as string[]).map((name) => ({
      ...{ code: 'missing_parameter', message: `${within(name)} is required`, parameter: within(name) },
    }));
  }
  if (keyword === 'additionalProperties' && 'additionalProperties' in params) {
    return (params.additionalProperties as string[]).map((name) =>
      invalid(shown(within(name)), 'is not known here; leave it out'),
    );
  }
  if (keyword === 'boolean') return []; // told as an additional property
  if (keyword === 'enum' && 'allowedValues' in params) {
    return [invalid(path, `must be one of ${(params.allowedValues as unknown[]).join(', ')}`)];
  }
  return [
    path === ''
      ? { ...invalid('the body', 'must be a JSON object'), parameter: null }
      : invalid(path, message),
  ];
}

const invalid = (parameter: string, what: string): Problem => ({
  code: 'invalid_parameter',
  message: `${parameter} ${what}`,
  parameter,
});

const shown = (name: string): string => name.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
