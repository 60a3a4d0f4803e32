/** Counts up with each change of `SCHEMA`; a file of a later version is refused. */
export const SCHEMA_VERSION = 1;

const IMMUTABLE = ['decisions', 'settlements', 'checkpoints'];

export const SCHEMA = `
  create table schema_version (version integer not null) strict;

  create table decisions (
    version_id text not null,
    incarnation text not null,
    sequence integer not null,
    order_key text not null,
    registry_id text not null,
    model_id text not null,
    actor_id text,
    entry text not null,
    primary key (version_id, incarnation, sequence)
  ) strict;
  create index decisions_by_time on decisions (order_key);
  create index decisions_by_registry on decisions (registry_id, order_key);
  create index decisions_by_model on decisions (model_id, order_key);
  create index decisions_by_version on decisions (version_id, order_key);
  create index decisions_by_actor on decisions (actor_id, order_key);

  create table settlements (
    version_id text not null,
    incarnation text not null,
    sequence integer not null,
    entry text not null,
    primary key (version_id, incarnation, sequence)
  ) strict;

  create table open_intents (
    due_at text not null,
    version_id text not null,
    incarnation text not null,
    sequence integer not null,
    primary key (due_at, version_id, incarnation, sequence)
  ) strict, without rowid;

  create table checkpoints (number integer primary key, text text not null) strict;

  create table checkpointed_heads (
    version_id text not null,
    incarnation text not null,
    checkpoint integer not null,
    sequence integer not null,
    decision_hash text not null,
    settlement_hash text,
    primary key (version_id, incarnation)
  ) strict, without rowid;

  create table requests (
    key text primary key,
    input_hash text not null,
    holder text not null,
    request_id text not null,
    running_until text not null,
    result text,
    expires_at text not null
  ) strict;
  create index requests_by_expiry on requests (expires_at);

  create table leases (
    name text primary key,
    holder text not null,
    token integer not null,
    expires_at text not null
  ) strict, without rowid;

  ${IMMUTABLE.flatMap((table) => ['update', 'delete'].map((change) => refuse(table, change))).join('\n')}

  insert into schema_version (version) values (${SCHEMA_VERSION});
`;

/** Keeps slips of the hand from the ledger. Who means it can drop the trigger; then the hashes tell. */
function refuse(table: string, change: string): string {
  return `create trigger ${table}_no_${change} before ${change} on ${table}
    begin select raise(abort, 'the ledger is append-only'); end;`;
}
