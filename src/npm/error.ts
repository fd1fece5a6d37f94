/** What went wrong, by what a caller can do about it. */
export type ErrorKind =
  | 'cancelled' | 'conflict' | 'deadline' | 'denied' | 'invalid' | 'malformed' | 'not-found' | 'quota'
  | 'rate-limited' | 'transport' | 'unauthorized' | 'unavailable' | 'unsupported';

/** The parts of an error, as they come from the core. */
export interface ErrorParts {
  kind: ErrorKind;
  message: string;
  provider?: string;
  operation?: string;
  status?: number;
  code?: string;
  requestId?: string;
  retryAfter?: number;
  cause?: unknown;
}

/** The one error of every operation. It never holds a header, a query string, a body or a secret. */
export class SkyfetchError extends Error {
  override readonly name = 'SkyfetchError';
  /** What went wrong, to branch on. */
  readonly kind: ErrorKind;
  /** The provider's name, as `ec2`; empty when none was involved. */
  readonly provider: string;
  /** The operation, as `listNodes`; empty when none was involved. */
  readonly operation: string;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** The provider's own code. */
  readonly code: string | undefined;
  /** The provider's id of the request, for its support. */
  readonly requestId: string | undefined;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.kind = parts.kind;
    this.provider = parts.provider ?? '';
    this.operation = parts.operation ?? '';
    this.status = parts.status;
    this.code = parts.code;
    this.requestId = parts.requestId;
    this.retryAfter = parts.retryAfter;
  }
}

/** What was thrown, as a `SkyfetchError` of an operation, if the core or we threw it; anything else as it is. */
export function asError(thrown: unknown, provider = '', operation = ''): unknown {
  if (typeof thrown !== 'object' || thrown === null || !('kind' in thrown)) return thrown;
  if (thrown instanceof Error && (!(thrown instanceof SkyfetchError) || thrown.operation || !operation)) return thrown;
  const { message, cause, ...parts } = thrown as ErrorParts;
  return new SkyfetchError({ ...parts, message, cause, provider: parts.provider || provider, operation: parts.operation || operation });
}

export function invalid(message: string): SkyfetchError {
  return new SkyfetchError({ kind: 'invalid', message });
}
