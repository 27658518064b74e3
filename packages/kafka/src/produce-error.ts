/** Why a message was not acknowledged: a closed list. */
export type ProduceErrorCode =
  /** Not within the bound. It may still arrive. */
  | 'timeout'
  /** Too many are waiting already. It does not arrive. */
  | 'queue-full'
  /** The broker will never take it: too large, say. It does not arrive. */
  | 'refused'
  /** The producer is closed. It does not arrive. */
  | 'closed';

/** A message was not acknowledged; `cause` is the client's own error if there is one. */
export class ProduceError extends Error {
  readonly code: ProduceErrorCode;

  constructor(code: ProduceErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProduceError';
    this.code = code;
  }
}
