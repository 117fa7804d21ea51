#include "services/tickets/schema.h"

namespace dangol::tickets {
namespace {

constexpr storage::Migration kMigrations[] = {
    {"tickets and messages", R"sql(
-- Enumerations are stored as the proto's numbers. What can be long stands last: to read what is behind it, all of it is read.
-- `details` is a dangol.tickets.v1.Ticket with the fields that no query looks at.
CREATE TABLE ticket (
  ticket_id             TEXT NOT NULL PRIMARY KEY,
  version               INTEGER NOT NULL,
  state                 INTEGER NOT NULL,
  disposition           INTEGER NOT NULL,
  kind                  INTEGER NOT NULL,
  severity              INTEGER NOT NULL,
  channel               TEXT NOT NULL,
  connection            TEXT NOT NULL,
  external_id           TEXT NOT NULL,
  contact_reason        TEXT NOT NULL,
  stage                 TEXT NOT NULL,
  assignee              TEXT NOT NULL,
  may_ask               INTEGER NOT NULL,
  imported              INTEGER NOT NULL,
  customer_id           TEXT NOT NULL,    -- as it came; the customer may have been merged since
  anonymous             INTEGER NOT NULL,
  internal              INTEGER NOT NULL,
  segment               TEXT NOT NULL,
  erased                INTEGER NOT NULL, -- with its customer: it has no words any more
  change_id             TEXT,
  acceptance            INTEGER NOT NULL,
  demand_revision       INTEGER NOT NULL, -- the last statement of the backlog about it that was applied
  decide_acceptance     INTEGER NOT NULL, -- what that was after the first decision; 0 also: not decided
  first_decision        INTEGER NOT NULL, -- 0: none
  recurrence_acceptance INTEGER NOT NULL, -- the last link whose recurrence was counted: each counts once
  before_acceptance     BLOB,             -- what a refused acceptance gives back: a dangol.tickets.v1.Ticket
  recurrence            INTEGER NOT NULL,
  recurrence_count      INTEGER NOT NULL,
  reopen_count          INTEGER NOT NULL,
  shipment              TEXT,
  late                  INTEGER NOT NULL,
  refusal_change_id     TEXT,
  refusal_reason        INTEGER,
  refusal_time          INTEGER,
  decline_reason        INTEGER,          -- 0: resolved; NULL: no decision
  capability_gap        TEXT,
  decided_by            TEXT,
  occur_time            INTEGER NOT NULL,
  receive_time          INTEGER NOT NULL,
  hear_time             INTEGER,
  heard_by              TEXT,
  heard_in_bulk         INTEGER NOT NULL,
  accepted_by           TEXT,
  first_response_time   INTEGER,
  decide_time           INTEGER,
  waiting_since_time    INTEGER,
  owes_reply            INTEGER NOT NULL,
  dismiss_time          INTEGER,          -- of the last message that needs no reply; 1970: there was none
  recalled              INTEGER NOT NULL, -- it is past HEARD, and a word is owed: in the inbox all the same
  confirm_time          INTEGER,
  answer_time           INTEGER,
  canonical_id          TEXT,
  outcome_rating        INTEGER NOT NULL,
  handling_rating       INTEGER NOT NULL,
  told_time             INTEGER,
  close_due_time        INTEGER,
  close_time            INTEGER,
  create_time           INTEGER NOT NULL,
  update_time           INTEGER NOT NULL,
  reply_due_time        INTEGER,
  decide_due_time       INTEGER,
  revisit_time          INTEGER,
  agenda                INTEGER NOT NULL, -- what it waits for next; 0: nothing
  agenda_time           INTEGER,
  revisit_condition     TEXT,
  subject               TEXT NOT NULL,
  details               BLOB NOT NULL,
  body                  TEXT NOT NULL
) STRICT;

-- Serves every list: one range a state, merged by time.
CREATE INDEX ticket_by_state ON ticket (state, receive_time, ticket_id);
-- What only some tickets have costs the others nothing. What tickets are about is listed in `ticket_topic`: an index
-- would be written at each change of their state.
CREATE INDEX ticket_by_assignee ON ticket (assignee, state, receive_time, ticket_id) WHERE assignee <> '';
CREATE INDEX ticket_by_change ON ticket (change_id, receive_time, ticket_id) WHERE change_id IS NOT NULL;
CREATE INDEX ticket_recalled ON ticket (receive_time, ticket_id) WHERE recalled = 1;
CREATE INDEX ticket_by_agenda ON ticket (agenda, agenda_time, ticket_id) WHERE agenda <> 0;

-- What tickets can be about. `path_key` is the path with a space for each `/`, so that keys are in the order of the tree.
-- `details` is a dangol.tickets.v1.ContactReason with the fields that no query looks at.
CREATE TABLE contact_reason (
  path_key     TEXT NOT NULL PRIMARY KEY,
  version      INTEGER NOT NULL,
  managed      INTEGER NOT NULL, -- 0: it was deleted or moved
  moved_into   TEXT NOT NULL,    -- the path where what comes with this one lands; empty: here
  swept_ticket TEXT,             -- the last ticket that has moved with it; NULL: all have
  stage        TEXT NOT NULL,
  owner        TEXT NOT NULL,
  create_time  INTEGER NOT NULL,
  update_time  INTEGER NOT NULL,
  details      BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- How many tickets have it; kept by every write.
CREATE TABLE reason_count (
  path_key     TEXT NOT NULL PRIMARY KEY,
  tickets      INTEGER NOT NULL,
  open_tickets INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The labels of tickets.
CREATE TABLE ticket_label (
  label        TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  PRIMARY KEY (label, receive_time, ticket_id)
) STRICT, WITHOUT ROWID;

-- Which tickets are about a contact reason, by its `path_key`, or concern a stage, by its name.
CREATE TABLE ticket_topic (
  topic        TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  PRIMARY KEY (topic, receive_time, ticket_id)
) STRICT, WITHOUT ROWID;

-- Each policy that ever held, the newest last; none: the default holds. `details` is a dangol.tickets.v1.TriagePolicy.
CREATE TABLE triage_policy (
  version     INTEGER NOT NULL PRIMARY KEY,
  update_time INTEGER NOT NULL,
  details     BLOB NOT NULL
) STRICT;

-- Whose turn it is where a rule names several people: how many turns they had.
CREATE TABLE assignment_turn (
  team  TEXT NOT NULL PRIMARY KEY, -- their names, as the rule has them
  turns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whose customers wait for a word, of what somebody has read: no index of `ticket`, so that a new one costs nothing here.
CREATE TABLE ticket_wait (
  waiting_since_time INTEGER NOT NULL,
  ticket_id          TEXT NOT NULL,
  PRIMARY KEY (waiting_since_time, ticket_id)
) STRICT, WITHOUT ROWID;

-- What was taken in together, and the tickets of each.
CREATE TABLE ticket_import (
  import_id           TEXT NOT NULL PRIMARY KEY,
  tickets             INTEGER NOT NULL,
  withdrawn_tickets   INTEGER NOT NULL,
  restored_tickets    INTEGER NOT NULL,
  create_time         INTEGER NOT NULL,
  update_time         INTEGER NOT NULL,
  undo_time           INTEGER,
  undo_finish_time    INTEGER,
  undone_by           TEXT,
  restore_time        INTEGER, -- since it was last undone
  restore_finish_time INTEGER,
  restored_by         TEXT,
  swept_time          INTEGER, -- how far down the list of its tickets the sweep has come
  swept_ticket        TEXT
) STRICT;
CREATE INDEX ticket_import_by_time ON ticket_import (create_time, import_id);
CREATE TABLE import_ticket (
  import_id    TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  worked_on    INTEGER NOT NULL, -- by a person, in a way that the ticket does not show: an undo leaves it
  PRIMARY KEY (import_id, receive_time, ticket_id)
) STRICT, WITHOUT ROWID;

-- How many tickets there are like that; kept by every write.
CREATE TABLE ticket_count (
  assignee TEXT NOT NULL,
  stage    TEXT NOT NULL,
  state    INTEGER NOT NULL,
  turn     INTEGER NOT NULL, -- whose turn it is
  tickets  INTEGER NOT NULL,
  PRIMARY KEY (assignee, stage, state, turn)
) STRICT, WITHOUT ROWID;

-- What each DUPLICATE is a duplicate of.
CREATE TABLE duplicate (
  canonical_id TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  PRIMARY KEY (canonical_id, receive_time, ticket_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  ticket_id   TEXT NOT NULL REFERENCES ticket (ticket_id),
  message_id  TEXT NOT NULL,
  kind        INTEGER NOT NULL,
  author      TEXT NOT NULL,
  automatic   INTEGER NOT NULL,
  delivered   INTEGER NOT NULL,
  send_time   INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  redact_time INTEGER,
  body        TEXT NOT NULL,
  PRIMARY KEY (ticket_id, message_id)
) STRICT;
CREATE INDEX message_by_time ON message (ticket_id, send_time, message_id);

-- Files that are kept with tickets, and their bytes in rows of up to 256 KiB.
CREATE TABLE attachment (
  ticket_id      TEXT NOT NULL REFERENCES ticket (ticket_id),
  attachment_id  TEXT NOT NULL,
  message        TEXT NOT NULL, -- its name; empty: it came with the ticket
  file_name      TEXT NOT NULL,
  media_type     TEXT NOT NULL,
  size_bytes     INTEGER NOT NULL,
  sha256         TEXT NOT NULL,
  received_bytes INTEGER NOT NULL,
  create_time    INTEGER NOT NULL,
  finish_time    INTEGER,
  redact_time    INTEGER,
  purge_time     INTEGER,       -- when bytes of it are to be deleted, unless it is whole by then
  sha256_state   BLOB,          -- of the bytes that have arrived, until they are all
  PRIMARY KEY (ticket_id, attachment_id)
) STRICT;
CREATE INDEX attachment_by_time ON attachment (ticket_id, create_time, attachment_id);
CREATE INDEX attachment_by_purge ON attachment (purge_time, ticket_id, attachment_id) WHERE purge_time IS NOT NULL;
CREATE TABLE attachment_chunk (
  ticket_id     TEXT NOT NULL,
  attachment_id TEXT NOT NULL,
  begins_at     INTEGER NOT NULL,
  bytes         BLOB NOT NULL,
  PRIMARY KEY (ticket_id, attachment_id, begins_at)
) STRICT;

-- `details` is a dangol.tickets.v1.Customer. One that was merged is a name alone.
CREATE TABLE customer (
  customer_id       TEXT NOT NULL PRIMARY KEY,
  version           INTEGER NOT NULL,
  kind              INTEGER NOT NULL,
  state             INTEGER NOT NULL,
  segment           TEXT NOT NULL,
  merged_into       TEXT,              -- the one that was kept, which was merged nowhere
  ticket_id         TEXT,              -- the only ticket of a customer that is anonymous
  retain_until_time INTEGER,
  create_time       INTEGER NOT NULL,
  update_time       INTEGER NOT NULL,
  erase_time        INTEGER,
  erase_finish_time INTEGER,
  details           BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_by_state ON customer (state, create_time, customer_id)
  WHERE merged_into IS NULL AND ticket_id IS NULL;
CREATE INDEX customer_by_end ON customer (retain_until_time, customer_id) WHERE retain_until_time IS NOT NULL;
CREATE INDEX customer_by_root ON customer (merged_into, customer_id) WHERE merged_into IS NOT NULL;

-- By what customers are found: what identifies of their contact points, normalised, and their external ids.
CREATE TABLE contact_point (
  kind        INTEGER NOT NULL,
  value       TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (kind, value, customer_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE external_id (
  system      TEXT NOT NULL,
  id          TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  PRIMARY KEY (system, id)
) STRICT, WITHOUT ROWID;

-- Each pair both ways.
CREATE TABLE possibly_same (
  customer_id TEXT NOT NULL,
  other_id    TEXT NOT NULL,
  PRIMARY KEY (customer_id, other_id)
) STRICT, WITHOUT ROWID;

-- The tickets of customers, but for those of anonymous ones, under the name that they came with.
CREATE TABLE customer_ticket (
  customer_id  TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  PRIMARY KEY (customer_id, receive_time, ticket_id)
) STRICT, WITHOUT ROWID;
)sql"},
};

}  // namespace

storage::Schema TicketsSchema() { return {"tickets", kMigrations}; }

}  // namespace dangol::tickets
