import { LedgerUnavailableError } from '../../domain/errors.js';

/** Primary result codes, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;

const FAULTS: Readonly<Record<number, { readonly message: string; readonly retryable: boolean }>> = {
  3: {
    message: 'The gateway may not open it. Let the gateway read and write the file and its folder',
    retryable: true,
  },
  8: { message: 'It cannot be written. Let the gateway write the file and its folder', retryable: true },
  10: { message: 'The disk does not read or write as it should. Look at the disk', retryable: true },
  11: { message: 'It is damaged. Restore it from a backup', retryable: false },
  13: { message: 'The disk is full. Make room', retryable: true },
  14: { message: 'It cannot be opened. Let the gateway write the file and its folder', retryable: true },
  26: { message: 'It is not a SQLite database. Name another file, or restore it from a backup', retryable: false },
};

interface SqliteFault extends Error {
  readonly errcode: number;
}

export function isSqliteFault(error: unknown): error is SqliteFault {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR' && 'errcode' in error;
}

/** Whether another process has it locked: a moment later it may work. */
export function isBusy(error: unknown): boolean {
  return isSqliteFault(error) && [BUSY, LOCKED].includes(primaryCode(error));
}

/** Everything but our own mistakes becomes a `LedgerUnavailableError`. */
export function unavailable(error: unknown, file: string, operation: string): unknown {
  if (isBusy(error)) {
    return new LedgerUnavailableError(
      `The governance store ${file} is locked by another process. Try again, and look for a process that holds it for long.`,
      { operation, cause: error },
    );
  }
  const isOfFileSystem = error instanceof Error && 'syscall' in error;
  if (!isSqliteFault(error) && !isOfFileSystem) return error;
  const fault = isSqliteFault(error) ? FAULTS[primaryCode(error)] : FAULTS[14];
  const { message, retryable } = fault ?? { message: 'SQLite refuses. The log has its words', retryable: true };
  return new LedgerUnavailableError(`The governance store ${file} does not work: ${message}.`, {
    operation,
    retryable,
    cause: error,
  });
}

function primaryCode({ errcode }: SqliteFault): number {
  return errcode & 0xff;
}
