/** For files of any version. */
export const ARCHIVE_TABLES = `
  create table if not exists archived_changes (
    place text not null unique,
    epoch text not null,
    position text not null,
    at text not null,
    registry_id text not null,
    model_id text,
    version_id text,
    type text not null,
    change text not null
  ) strict;
  create index if not exists archived_changes_by_registry on archived_changes (registry_id, place);
  create index if not exists archived_changes_by_epoch on archived_changes (epoch, place);

  create table if not exists archive_gaps (
    until text not null,
    epoch text not null,
    reason text not null,
    started text not null,
    primary key (until, epoch)
  ) strict, without rowid;
`;
