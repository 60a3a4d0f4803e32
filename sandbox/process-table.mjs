// Who belongs to a run: process ids with start times, in a file, so that whoever comes after a crash can clean up.
// Plain JavaScript, because the watchdog runs it straight from the source, also when nothing has been built.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `startTime` is RFC 3339 in UTC. It tells a process from a later one that got the same id; two readings of the same
 * process may differ by a second, since Linux counts from a boot time that moves with the clock.
 *
 * @typedef {{ readonly name: string, readonly pid: number, readonly startTime: string }} ProcessRecord
 */

/** @typedef {{ readonly supervisor: ProcessRecord, readonly processes: readonly ProcessRecord[] }} ProcessTable */

const START_TIME_TOLERANCE_MS = 2000;
const POLL_MS = 50;
// The unit of /proc's times for programs is 1/100 s on every Linux architecture.
const TICK_MS = 10;

/**
 * @param {number} pid
 * @returns {string | null} null when there is no such process, or it has ended and only waits for its parent to notice.
 */
export function startTimeOf(pid) {
  if (process.platform === 'linux') {
    const stat = readStat(pid);
    return stat === null || stat.isZombie ? null : new Date(bootTimeMs() + stat.startTicks * TICK_MS).toISOString();
  }
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new Date(started.trim()).toISOString();
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {number} pid
 * @returns {ProcessRecord}
 */
export function recordOf(name, pid) {
  const startTime = startTimeOf(pid);
  // It ended within the instant since it was started: no process will ever match a record that began now.
  return { name, pid, startTime: startTime ?? new Date().toISOString() };
}

/**
 * @param {ProcessRecord} record
 * @returns {boolean}
 */
export function isRunning(record) {
  const startTime = startTimeOf(record.pid);
  return (
    startTime !== null && Math.abs(Date.parse(startTime) - Date.parse(record.startTime)) <= START_TIME_TOLERANCE_MS
  );
}

/**
 * Ends each process with the group it leads: asks first, insists after the grace.
 *
 * @param {readonly ProcessRecord[]} records
 * @param {number} graceMs
 */
export async function stopGroups(records, graceMs) {
  const mine = records.filter(isGroupOurs);
  for (const record of mine) signalGroup(record.pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (mine.some((record) => hasGroup(record.pid)) && Date.now() < deadline) await sleep(POLL_MS);
  const stubborn = mine.filter((record) => hasGroup(record.pid));
  for (const record of stubborn) signalGroup(record.pid, 'SIGKILL');
  while (stubborn.some((record) => hasGroup(record.pid))) await sleep(POLL_MS);
}

/**
 * @param {string} file
 * @returns {ProcessTable | null}
 */
export function readTable(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} file
 * @param {unknown} value
 */
export function writeJsonWhole(file, value) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/**
 * The process that does the work where a command only launches it and waits; the record itself where there is none.
 *
 * @param {ProcessRecord} record
 * @returns {ProcessRecord}
 */
export function workerOf(record) {
  const [worker] = childrenOf(record.pid);
  return worker === undefined ? record : recordOf(record.name, worker);
}

/**
 * @param {number} parent
 * @returns {readonly number[]}
 */
function childrenOf(parent) {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    return pids.map(Number).filter((pid) => {
      const stat = readStat(pid);
      return stat !== null && !stat.isZombie && stat.parent === parent;
    });
  }
  try {
    return execFileSync('pgrep', ['-P', String(parent)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return [];
  }
}

/**
 * Its leader is the recorded process; or the leader is gone and others of its group live on: as long as they do, the
 * system gives the group's number to no new process.
 *
 * @param {ProcessRecord} record
 */
function isGroupOurs(record) {
  return isRunning(record) || (startTimeOf(record.pid) === null && hasGroup(record.pid));
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
  } catch {
    // Ended in between.
  }
}

/** @param {number} group */
function hasGroup(group) {
  if (process.platform === 'linux') {
    // Asking by signal 0 would count the ended ones whose parent never looks, and in a container there may be nobody to.
    return readdirSync('/proc').some((entry) => {
      const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : null;
      return stat !== null && !stat.isZombie && stat.group === group;
    });
  }
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** @param {number} pid */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may itself hold both spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      isZombie: fields[0] === 'Z' || fields[0] === 'X',
      parent: Number(fields[1]),
      group: Number(fields[2]),
      startTicks: Number(fields[19]),
    };
  } catch {
    return null;
  }
}

function bootTimeMs() {
  const line = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'));
  return Number(line?.[1]) * 1000;
}
