-- The vault's schema. Instants are INTEGER milliseconds since 1970 UTC; ids are lower-case UUID text.
-- Rows end in (layout, mac_generation, mac), a MAC over all their other columns: under the vault MAC key where
-- mac_generation is 0, else under that generation's row-MAC key of the row's workspace. Only `schedules` has none.

CREATE TABLE vault (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  vault TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  root_epoch INTEGER NOT NULL,
  layout_minimum INTEGER NOT NULL,
  incarnation INTEGER NOT NULL,
  held_below INTEGER NOT NULL,
  check_value BLOB NOT NULL,
  mac_key BLOB NOT NULL,
  fingerprint_key BLOB NOT NULL,
  recovery_public_key BLOB,
  audit_public_key BLOB NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE root_slots (
  slot TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  parameters BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE workspaces (
  workspace TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  origins TEXT NOT NULL,
  policy TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE key_rings (
  workspace TEXT PRIMARY KEY REFERENCES workspaces (workspace),
  epoch INTEGER NOT NULL,
  generations TEXT NOT NULL,
  tainted_through INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE workspace_keys (
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  generation INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  wrapped BLOB,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (workspace, generation)
) STRICT;

CREATE TABLE certificates (
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  kid TEXT NOT NULL,
  spki BLOB NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (workspace, kid)
) STRICT;

CREATE TABLE connectors (
  connector TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  slug TEXT NOT NULL,
  provider TEXT NOT NULL,
  client_id TEXT NOT NULL,
  secret_version INTEGER NOT NULL,
  scopes TEXT NOT NULL,
  identity_policy TEXT NOT NULL,
  import_policy TEXT NOT NULL,
  parameters TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  removed_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  UNIQUE (workspace, slug)
) STRICT;

CREATE TABLE access_keys (
  prefix TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  role TEXT NOT NULL,
  hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER,
  disabled_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX access_keys_by_workspace ON access_keys (workspace);

CREATE TABLE integrations (
  integration TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  customer TEXT NOT NULL,
  connector TEXT NOT NULL REFERENCES connectors (connector),
  name TEXT,
  lifecycle TEXT NOT NULL,
  health TEXT NOT NULL,
  reason_code TEXT,
  since INTEGER NOT NULL,
  suspended_at INTEGER,
  grant_number INTEGER NOT NULL,
  current_version INTEGER,
  last_version INTEGER NOT NULL,
  actor TEXT,
  tenant TEXT,
  account_label TEXT,
  parameters TEXT NOT NULL,
  verified_at INTEGER,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX integrations_by_customer ON integrations (workspace, customer, integration);
CREATE INDEX integrations_pending ON integrations (created_at) WHERE lifecycle = 'pending';
CREATE INDEX integrations_troubled ON integrations (lifecycle, health, since) WHERE lifecycle <> 'ready' OR health <> 'ok';
CREATE INDEX integrations_by_connector ON integrations (connector);

CREATE TABLE credentials (
  integration TEXT NOT NULL REFERENCES integrations (integration),
  version INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  customer TEXT NOT NULL,
  grant_number INTEGER NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  state TEXT NOT NULL,
  scopes TEXT NOT NULL,
  refreshable INTEGER NOT NULL,
  fingerprint BLOB,
  lifetime INTEGER,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  header BLOB NOT NULL,
  payload BLOB NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (integration, version)
) STRICT;
CREATE INDEX credentials_by_generation ON credentials (workspace, mac_generation);
CREATE INDEX credentials_refreshed ON credentials (workspace, created_at) WHERE origin = 'refresh';

-- Every other sealed value: client secrets, PKCE verifiers, landed replies.
CREATE TABLE sealed_secrets (
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  customer TEXT NOT NULL,
  integration TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  header BLOB NOT NULL,
  payload BLOB NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (workspace, name, version)
) STRICT;

CREATE TABLE attempts (
  attempt TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  connector TEXT NOT NULL REFERENCES connectors (connector),
  integration TEXT NOT NULL REFERENCES integrations (integration),
  purpose TEXT NOT NULL,
  authority TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  name TEXT,
  client_state TEXT,
  jti TEXT,
  parameters TEXT NOT NULL,
  opener_origin TEXT,
  listener TEXT NOT NULL UNIQUE,
  ticket_hash BLOB NOT NULL UNIQUE,
  verifier_hash TEXT,
  cookie_hash BLOB,
  state_hash BLOB UNIQUE,
  grant_number INTEGER NOT NULL,
  offered_label TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX attempts_by_integration ON attempts (integration, created_at);
CREATE INDEX attempts_ended ON attempts (workspace, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX attempts_live ON attempts (expires_at) WHERE ended_at IS NULL;

CREATE TABLE spent_secrets (
  workspace TEXT NOT NULL,
  jti TEXT NOT NULL,
  spent_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (workspace, jti)
) STRICT;

CREATE TABLE refresh_attempts (
  integration TEXT NOT NULL REFERENCES integrations (integration),
  fence INTEGER NOT NULL,
  workspace TEXT NOT NULL,
  grant_number INTEGER NOT NULL,
  used_version INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  status INTEGER,
  retry_after INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (integration, fence)
) STRICT;
CREATE INDEX refresh_attempts_ended ON refresh_attempts (workspace, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX refresh_attempts_open ON refresh_attempts (integration) WHERE ended_at IS NULL;
CREATE INDEX refresh_attempts_uncertain ON refresh_attempts (ended_at) WHERE state = 'uncertain';

-- Grants that have ended here and of which their provider has yet to be told. The tokens lie in `sealed_secrets`.
CREATE TABLE revocations (
  revocation TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  integration TEXT NOT NULL REFERENCES integrations (integration),
  connector TEXT NOT NULL,
  actor TEXT,
  parameters TEXT NOT NULL,
  reason TEXT NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX revocations_due ON revocations (due_at, revocation);

-- Three tables without a MAC, schedules, breakers and client_rates: they may move a refresh in time, never a value.
CREATE TABLE schedules (
  integration TEXT PRIMARY KEY REFERENCES integrations (integration),
  workspace TEXT NOT NULL,
  connector TEXT NOT NULL,
  refresh_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  claim_owner TEXT,
  claim_boot TEXT,
  claim_until INTEGER
) STRICT;
CREATE INDEX schedules_due ON schedules (refresh_at, integration) WHERE refresh_at IS NOT NULL;
CREATE INDEX schedules_by_owner ON schedules (claim_owner) WHERE claim_owner IS NOT NULL;
CREATE INDEX schedules_by_connector ON schedules (connector, refresh_at, integration) WHERE refresh_at IS NOT NULL;

-- What the last refreshes of a connector came to, and until when none is tried. Boot clock, as for claims.
CREATE TABLE breakers (
  connector TEXT PRIMARY KEY REFERENCES connectors (connector),
  boot TEXT NOT NULL,
  reason TEXT,
  failures INTEGER NOT NULL,
  openings INTEGER NOT NULL,
  open_until INTEGER,
  trial_until INTEGER,
  blames INTEGER NOT NULL,
  blamed TEXT,
  counted_from INTEGER NOT NULL,
  refusals INTEGER NOT NULL,
  successes INTEGER NOT NULL
) STRICT;

-- How much of its rate a provider's client has used, whoever asks in its name. Boot clock, microseconds.
CREATE TABLE client_rates (
  workspace TEXT NOT NULL,
  provider TEXT NOT NULL,
  client TEXT NOT NULL,
  boot TEXT NOT NULL,
  used_until INTEGER NOT NULL,
  PRIMARY KEY (workspace, provider, client)
) STRICT;

-- Trouble of a connector as a whole: no integration of it is to blame, an operator is needed.
CREATE TABLE incidents (
  incident TEXT PRIMARY KEY,
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  connector TEXT NOT NULL REFERENCES connectors (connector),
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  closed_at INTEGER,
  closed_by TEXT,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX incidents_by_connector ON incidents (connector, opened_at);

-- When a grant ends whatever we do, as far as is known, and which notice of it was given last.
CREATE TABLE deadlines (
  integration TEXT PRIMARY KEY REFERENCES integrations (integration),
  workspace TEXT NOT NULL,
  grant_number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  notice_at INTEGER,
  told INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX deadlines_by_notice ON deadlines (notice_at, integration) WHERE notice_at IS NOT NULL;

-- What both clocks said when they were last compared. A wall clock that jumped is doubted for a while.
CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  boot TEXT NOT NULL,
  boot_time INTEGER NOT NULL,
  wall INTEGER NOT NULL,
  jump INTEGER,
  doubted_until INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE rotations (
  workspace TEXT PRIMARY KEY REFERENCES workspaces (workspace),
  from_generation INTEGER NOT NULL,
  to_generation INTEGER NOT NULL,
  state TEXT NOT NULL,
  table_index INTEGER NOT NULL,
  row_cursor INTEGER NOT NULL,
  rows_done INTEGER NOT NULL,
  run_rows INTEGER NOT NULL,
  run_started_at INTEGER NOT NULL,
  moved_at INTEGER NOT NULL,
  paused_at INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

-- Rows that a rotation found and could not vouch for. They stay where they are; this is their list.
CREATE TABLE quarantine (
  workspace TEXT NOT NULL REFERENCES workspaces (workspace),
  row_table TEXT NOT NULL,
  row_key TEXT NOT NULL,
  generation INTEGER NOT NULL,
  found_at INTEGER NOT NULL,
  abandoned_at INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (workspace, row_table, row_key)
) STRICT;

CREATE TABLE transitions (
  integration TEXT NOT NULL REFERENCES integrations (integration),
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reason_code TEXT,
  grant_number INTEGER NOT NULL,
  version INTEGER,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (integration, sequence)
) STRICT;

-- The last number given to an event of an integration. Beside the integration's row, so that telling an event does not
-- touch what it is about.
CREATE TABLE event_counters (
  integration TEXT PRIMARY KEY REFERENCES integrations (integration),
  last INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace TEXT NOT NULL,
  connector TEXT,
  integration TEXT,
  integration_sequence INTEGER NOT NULL,
  customer TEXT,
  attempt TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;
CREATE INDEX events_by_workspace ON events (workspace, sequence);
CREATE INDEX events_by_integration ON events (integration, sequence);

-- The audit log: a hash chain, signed at the end of each transaction by the audit key of the time.
CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  workspace TEXT,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  key_number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signature BLOB
) STRICT;
CREATE INDEX audit_by_workspace ON audit (workspace, sequence);
-- What the doctor asks for by name: `NotedAction`.
CREATE INDEX audit_noted ON audit (action, sequence)
WHERE action = 'backup.create' OR action = 'root.drill' OR action = 'connect.endless-secret';

-- What a transaction did to which row: the digest of the row afterwards, NULL where it is gone. Part of the entry with
-- the same sequence number, and under the vault MAC key besides, because rows are compared with it when they are read.
CREATE TABLE audit_changes (
  sequence INTEGER NOT NULL,
  position INTEGER NOT NULL,
  row_table TEXT NOT NULL,
  row_key TEXT NOT NULL,
  digest BLOB,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL,
  PRIMARY KEY (sequence, position)
) STRICT;
CREATE INDEX audit_changes_by_row ON audit_changes (row_table, row_key, sequence, position);

-- The keys that sign the log, one after the other; `wrapped` is NULL once the next one has taken over.
CREATE TABLE audit_keys (
  number INTEGER PRIMARY KEY,
  first_sequence INTEGER NOT NULL,
  public_key BLOB NOT NULL,
  endorsement BLOB,
  wrapped BLOB,
  created_at INTEGER NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

-- How far the log has been pruned: what stood there is told by the hash of its last entry.
CREATE TABLE audit_horizon (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  through INTEGER NOT NULL,
  hash BLOB NOT NULL,
  layout INTEGER NOT NULL, mac_generation INTEGER NOT NULL, mac BLOB NOT NULL
) STRICT;

-- Against mistakes, not against attackers: what is behind the horizon may go, nothing else, and nothing changes.
CREATE TRIGGER audit_is_append_only_on_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_on_delete BEFORE DELETE ON audit
WHEN OLD.sequence > (SELECT coalesce(max(through), 0) FROM audit_horizon)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_changes_are_append_only_on_update BEFORE UPDATE ON audit_changes
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_changes_are_append_only_on_delete BEFORE DELETE ON audit_changes
WHEN OLD.sequence > (SELECT coalesce(max(through), 0) FROM audit_horizon)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
