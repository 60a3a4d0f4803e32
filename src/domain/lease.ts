import type { Timestamp } from './model.js';

/** Who may do what only one may do at a time. */
export interface LeaseStore {
  /** Takes it when it is free, over, or the holder's own already. @returns Null while somebody else has it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | null>;
  /** Gives it back early; nothing happens when it is another's by now. */
  release(lease: Lease): Promise<void>;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Greater each time the lease changes hands: a fencing token. */
  readonly token: number;
  readonly expiresAt: Timestamp;
}
