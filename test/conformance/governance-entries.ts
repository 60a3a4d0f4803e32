import { createHash } from 'node:crypto';
import type { DecisionBody, DecisionEntry, SettlementEntry, Subject } from '../../src/domain/ledger.js';
import { versionId } from '../../src/domain/refs.js';

/** Midnight, and so many milliseconds. */
export function at(ms: number): string {
  return new Date(Date.parse('2026-11-20T00:00:00.000Z') + ms).toISOString();
}

export function subject(name = 'fraud', version = '1', incarnation = '1000'): Subject {
  return { version: { registryId: 'lab', name, version }, incarnation };
}

/** A decision as a store takes it: it looks at no hash and at no signature. */
export function decision(of: Subject, sequence: number, body: Partial<DecisionBody> = {}): DecisionEntry {
  const whole: DecisionBody = {
    v: 1,
    kind: 'DECISION',
    versionId: versionId(of.version),
    incarnation: of.incarnation,
    sequence,
    previousHash: null,
    previousSettlementHash: null,
    nativeId: `native:${of.version.name}`,
    from: 'PENDING',
    to: 'APPROVED',
    state: 'INTENDED',
    channel: 'GATEWAY',
    actor: { name: 'Ana', kind: 'USER', nativeId: 'ana@example.com' },
    comment: null,
    decidedAt: at(sequence),
    recordedAt: at(sequence),
    deadline: null,
    fingerprint: 'f',
    evaluation: null,
    requestId: null,
    ...body,
  };
  return { body: whole, hash: hashOf(whole), signature: 'signature', keyId: 'key' };
}

export function settlement({ body, hash }: DecisionEntry, outcome: 'WRITTEN' | 'FAILED' = 'WRITTEN'): SettlementEntry {
  const { versionId: id, incarnation, sequence } = body;
  const whole = {
    v: 1,
    kind: 'SETTLEMENT',
    versionId: id,
    incarnation,
    sequence,
    decisionHash: hash,
    outcome,
    problem: null,
    recordedAt: body.recordedAt,
  } as const;
  return { body: whole, hash: hashOf(whole), signature: 'signature', keyId: 'key' };
}

function hashOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
