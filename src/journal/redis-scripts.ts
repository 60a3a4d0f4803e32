import { BEGINNING } from './journal.js';
import { ENTRY_FIELDS } from './redis-keys.js';
import { redisScript } from './redis-link.js';

// What must happen at once happens in these, inside Redis. JSON passes through them as text: Lua would make `[]` and `{}` the same.
// The first write of a script is one that Redis refuses when its memory is full, so that such a script is refused as a whole; what sets memory free
// begins with a write that it never refuses.

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS: meta, lease. ARGV: epoch, holder and token of the lease, both empty without. Ends the script for who may not write. */
const GUARD = `${NOW}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return {'EPOCH'} end
if ARGV[3] ~= '' then
  local lease = redis.call('HMGET', KEYS[2], 'holder', 'token', 'until')
  if lease[1] ~= ARGV[2] or lease[2] ~= ARGV[3] or tonumber(lease[3]) <= now then return {'FENCED'} end
end
`;

/** KEYS: meta. ARGV: the epoch where there is none yet. Whoever comes first makes it. */
const EPOCH = `
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'trimmed')
if not meta[1] then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
  meta[1] = ARGV[1]
end
`;

const XADD = `
local function put(${ENTRY_FIELDS.join(', ')})
  return redis.call('XADD', KEYS[3], '*', ${ENTRY_FIELDS.map((field) => `'${field}', ${field}`).join(', ')})
end
`;

/**
 * KEYS: meta, lease, stream, places, gone, states. ARGV: guard, number of writes, and for each: number of its state among KEYS, registry, entity, revision
 * expected, record, ids of its changes as JSON, number of its changes, and for each of those: id and JSON.
 */
export const APPEND = redisScript(`${GUARD}${XADD}
local outcomes = {}
local at = 5
for _ = 1, tonumber(ARGV[4]) do
  local key, registry, entity = KEYS[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]
  local expected, record, ids, count = ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], tonumber(ARGV[at + 6])
  local change = at + 7
  at = change + 2 * count
  local stored = redis.call('HGET', key, entity)
  local rev, last = '0', '[]'
  if stored then rev, last = string.match(stored, '^(%d+)\\n[^\\n]*\\n([^\\n]*)\\n') end
  if rev ~= expected then
    outcomes[#outcomes + 1] = {'STALE', stored}
  else
    rev = string.format('%d', rev + 1)
    if count > 0 then last = ids end
    for _ = 2, count do
      local position = put(registry, '', '', '', '', ARGV[change], ARGV[change + 1])
      redis.call('HSET', KEYS[4], ARGV[change], position)
      change = change + 2
    end
    local id, json = '', ''
    if count > 0 then id, json = ARGV[change], ARGV[change + 1] end
    local position = put(registry, entity, rev, record, last, id, json)
    if count > 0 then redis.call('HSET', KEYS[4], id, position) end
    redis.call('HSET', key, entity, rev .. '\\n' .. position .. '\\n' .. last .. '\\n' .. record)
    redis.call('HSET', KEYS[1], 'head', position)
    if record == 'null' then
      redis.call('ZADD', KEYS[5], string.match(position, '^%d+'), registry .. '\\n' .. entity)
    else
      redis.call('ZREM', KEYS[5], registry .. '\\n' .. entity)
    end
    outcomes[#outcomes + 1] = {'WRITTEN', rev, position}
  end
end
return {'DONE', outcomes}
`);

/** KEYS: meta, lease, stream, places. ARGV: guard, and for each change: id, registry and JSON. */
export const PUBLISH = redisScript(`${GUARD}${XADD}
local last = false
for at = 4, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[4], ARGV[at]) == 0 then
    last = put(ARGV[at + 1], '', '', '', '', ARGV[at], ARGV[at + 2])
    redis.call('HSET', KEYS[4], ARGV[at], last)
  end
end
if last then redis.call('HSET', KEYS[1], 'head', last) end
return {'DONE', last}
`);

/** KEYS: meta. ARGV: an epoch. */
export const HEAD = redisScript(`${EPOCH} return {meta[1], meta[2]}`);

/** KEYS: meta, registries. ARGV: an epoch. */
export const REGISTRIES = redisScript(`${EPOCH} return {meta[1], meta[2], redis.call('HGETALL', KEYS[2])}`);

/** KEYS: meta, stream, evidence. ARGV: an epoch, `after` or `before`, position (empty: the end), limit. */
export const READ = redisScript(`${EPOCH}
local entries, isThere
if ARGV[2] == 'after' then
  entries = redis.call('XRANGE', KEYS[2], ARGV[3], '+', 'COUNT', ARGV[4] + 1)
  isThere = #entries > 0 and entries[1][1] == ARGV[3]
  if isThere then table.remove(entries, 1) else entries[ARGV[4] + 1] = nil end
else
  -- Nothing comes before the beginning, and Redis takes no interval that says so.
  local last = ARGV[3] == '${BEGINNING}' and ARGV[3] or '(' .. ARGV[3]
  entries = redis.call('XREVRANGE', KEYS[2], ARGV[3] == '' and '+' or last, '-', 'COUNT', ARGV[4])
end
local evidence = {}
for i, entry in ipairs(entries) do evidence[i] = redis.call('HGET', KEYS[3], entry[1]) end
return {meta[1], meta[2], meta[3], isThere and 1 or 0, entries, evidence}
`);

/** KEYS: places, evidence. ARGV: evidence, ids. */
export const CONFIRM = redisScript(`
for at = 2, #ARGV do
  local position = redis.call('HGET', KEYS[1], ARGV[at])
  if position then
    local known = redis.call('HGET', KEYS[2], position)
    if not known then redis.call('HSET', KEYS[2], position, ARGV[1])
    elseif not string.find(known, ARGV[1], 1, true) then redis.call('HSET', KEYS[2], position, known .. ' ' .. ARGV[1]) end
  end
end
`);

/** KEYS: meta, lease, registries. ARGV: guard, registry, completeThrough, the rest. */
export const SET_REGISTRY_STATE = redisScript(`${GUARD}
local stored = redis.call('HGET', KEYS[3], ARGV[4])
local through = stored and string.match(stored, '^[^\\n]*') or ''
if through < ARGV[5] then through = ARGV[5] end
redis.call('HSET', KEYS[3], ARGV[4], through .. '\\n' .. ARGV[6])
return {'DONE'}
`);

/** KEYS: meta, lease, notes. ARGV: guard, key, value. */
export const SET_NOTE = redisScript(`${GUARD}
redis.call('HSET', KEYS[3], ARGV[4], ARGV[5])
return {'DONE'}
`);

/** KEYS: places of the marks. ARGV: milliseconds. */
export const MARK = redisScript(`
for _, key in ipairs(KEYS) do redis.call('SET', key, '', 'PX', ARGV[1]) end
`);

/** KEYS: lease. ARGV: holder, milliseconds. One that is over or given back stays, so that its token goes on from where it was. */
export const ACQUIRE = redisScript(`${NOW}
local lease = redis.call('HMGET', KEYS[1], 'holder', 'token', 'until')
local token = tonumber(lease[2] or 0)
if lease[1] ~= ARGV[1] then
  if lease[1] and lease[1] ~= '' and tonumber(lease[3]) > now then return false end
  token = token + 1
end
local till = now + ARGV[2]
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', string.format('%d', token), 'until', string.format('%d', till))
return {token, till}
`);

/** KEYS: lease. ARGV: holder, token. */
export const RELEASE = redisScript(`
local lease = redis.call('HMGET', KEYS[1], 'holder', 'token')
if lease[1] == ARGV[1] and lease[2] == ARGV[2] then redis.call('HSET', KEYS[1], 'holder', '') end
`);

/** KEYS: meta, stream, places, evidence. ARGV: greatest age, greatest length, keepAfter or empty, how many at most. Returns how many it has dropped. */
export const TRIM = redisScript(`${NOW}
local cutoff = now - ARGV[1]
local length = redis.call('XLEN', KEYS[2])
local over = length - ARGV[2]
local entries = redis.call('XRANGE', KEYS[2], '-', ARGV[3] == '' and '+' or ARGV[3], 'COUNT', ARGV[4])
local dropped = 0
for i, entry in ipairs(entries) do
  if i > over and tonumber(string.match(entry[1], '^%d+')) >= cutoff then break end
  dropped = i
  local id = entry[2][${2 * ENTRY_FIELDS.indexOf('id') + 2}]
  if id ~= '' and redis.call('HGET', KEYS[3], id) == entry[1] then redis.call('HDEL', KEYS[3], id) end
  redis.call('HDEL', KEYS[4], entry[1])
end
if dropped > 0 then
  redis.call('XTRIM', KEYS[2], 'MAXLEN', '=', length - dropped)
  redis.call('HSET', KEYS[1], 'trimmed', entries[dropped][1])
end
return dropped
`);

/** KEYS: gone, state. ARGV: before when, registry, entities. What has come again meanwhile stays. */
export const FORGET = redisScript(`
for at = 3, #ARGV do
  local member = ARGV[2] .. '\\n' .. ARGV[at]
  local score = redis.call('ZSCORE', KEYS[1], member)
  if score and tonumber(score) < tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], member)
    redis.call('HDEL', KEYS[2], ARGV[at])
  end
end
`);
