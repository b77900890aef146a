import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { VERSION } from './version.ts';

/** What a span tells of itself. Never a recipient, a code, a key, an address, or the text of an error. */
export type SpanFacts = Readonly<Attributes>;
export type RequestSpan = {
  /** Runs `work` within the span, so that what it does hangs below it. */
  within<T>(work: () => T): T;
  end(status: number): void;
};

/** The tracer of the SDK that somebody loaded before us (`node --import`); null when there is none. */
function tracer(): Tracer | null {
  const provider = trace.getTracerProvider() as { getDelegateTracer?: (...about: string[]) => unknown };
  const found = provider.getDelegateTracer?.('roost', VERSION);
  return (found as Tracer | undefined) ?? null;
}

/** Whether anybody wants to know. */
export const isTraced = (): boolean => tracer() !== null;

/** Does `work` within a span of this name. Without an SDK it is just done. */
export function traced<T>(name: string, facts: SpanFacts, work: () => Promise<T>): Promise<T> {
  const found = tracer();
  if (found === null) return work();
  return found.startActiveSpan(name, { attributes: facts }, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same work, which hangs below the span that is under way now whenever it is done. */
export const inThisTrace = <T>(work: () => T): (() => T) =>
  isTraced() ? context.bind(context.active(), work) : work;

/** Does what goes on for ever, or serves many, below no span. */
export const outsideTraces = <T>(work: () => T): T =>
  isTraced() ? context.with(ROOT_CONTEXT, work) : work();

/** Adds to the span that is under way, if there is one, what became known meanwhile. */
export function noteOnSpan(facts: SpanFacts): void {
  trace.getActiveSpan()?.setAttributes(facts);
}

/** The span of one request, below the caller's own when its headers name one (W3C Trace Context). */
export function beginRequestSpan(
  method: string,
  route: string,
  headers: object,
  beganAtMs: number,
): RequestSpan | null {
  const found = tracer();
  if (found === null) return null;
  const ours = context.active();
  const parent = trace.getSpan(ours) === undefined ? propagation.extract(ours, headers) : ours;
  const attributes = { 'http.request.method': method, 'http.route': route };
  const options = { kind: SpanKind.SERVER, startTime: beganAtMs, attributes };
  const span = found.startSpan(`${method} ${route}`, options, parent);
  const scope = trace.setSpan(parent, span);
  return {
    within: (work) => context.with(scope, work),
    end(status) {
      span.setAttribute('http.response.status_code', status);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** An expected refusal is an outcome; anything else is an error, of which the kind alone is told. */
function fail(span: Span, error: unknown): void {
  if (!(error instanceof Error)) return void span.setStatus({ code: SpanStatusCode.ERROR });
  const { name } = error;
  const { code } = error as { code?: unknown };
  const isRefusal = name === 'Failure' && typeof code === 'string';
  span.setAttribute(isRefusal ? 'roost.refusal' : 'error.type', isRefusal ? code : name);
  if (!isRefusal) span.setStatus({ code: SpanStatusCode.ERROR });
}
