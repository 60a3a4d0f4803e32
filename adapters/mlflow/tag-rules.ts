import type { Tag } from '../../src/domain/model.js';
import { quote } from '../../src/domain/refs.js';
import { foldKey } from '../shared/reserved.js';
import type { MlflowCall } from './errors.js';
import { invalid } from './refusals.js';
import { isReservedTag, TAG_KEY } from './tags.js';

// Columns and checks of MLflow's store; not every database behind it would say what is wrong.
const KEY_MAX = 250;
export const MODEL_TAG_VALUE_MAX = 5000;
export const VERSION_TAG_VALUE_MAX = 100_000;

/**
 * What MLflow takes as a tag. A change of several tags takes several calls: what the last of them would refuse must not stop the change half-way.
 * @throws InvalidInputError
 */
export function refuseTags(tags: readonly Tag[], valueMax: number, call: MlflowCall): void {
  refuseKeys(
    tags.map(({ key }) => key),
    call,
  );
  for (const { key, value } of tags) {
    if (value.length > valueMax) throw invalid(call, `the tag ${quote(key)} has more than ${valueMax} characters`);
  }
}

/** @throws InvalidInputError */
export function refuseKeys(keys: readonly string[], call: MlflowCall): void {
  for (const key of keys) {
    if (isReservedTag(key)) throw invalid(call, `the tag ${quote(key)} is kept for a field of its own`);
    if (!TAG_KEY.test(key) || key.length > KEY_MAX) {
      throw invalid(
        call,
        `the tag key ${quote(key)} may have up to ${KEY_MAX} letters, digits, spaces, and any of _ - . : /`,
      );
    }
    if (readsAsOtherPath(key)) {
      throw invalid(
        call,
        `the tag key ${quote(key)} reads as a path to another key; leave out "..", "." and empty parts`,
      );
    }
  }
}

/** @throws InvalidInputError when the tag that holds the approval status is among the keys, in whatever spelling (`foldKey`). */
export function refuseApprovalTag(approvalTag: string, keys: readonly string[], call: MlflowCall): void {
  const held = foldKey(approvalTag);
  const written = keys.find((key) => foldKey(key) === held);
  if (written === undefined) return;
  throw invalid(
    call,
    `the tag ${quote(written)} stands for the approval status, which is decided on, not written as a tag`,
  );
}

/** MLflow may keep a tag as a file of that name, and refuses any that would be another file, or one elsewhere. */
function readsAsOtherPath(key: string): boolean {
  return key.startsWith('..') || key.split('/').some((part) => part === '' || part === '.' || part === '..');
}
