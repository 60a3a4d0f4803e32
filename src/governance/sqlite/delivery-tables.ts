/** For files of any version. */
export const DELIVERY_TABLES = `
  create table if not exists deliveries (
    state text not null,
    endpoint_id text not null,
    sequence text not null,
    attempts integer not null,
    forget_at text,
    delivery text not null,
    primary key (state, endpoint_id, sequence)
  ) strict, without rowid;
  create index if not exists deliveries_by_end on deliveries (forget_at) where forget_at is not null;

  create table if not exists webhook_endpoints (
    endpoint_id text primary key,
    told_until text not null,
    disabled_at text
  ) strict, without rowid;
`;
