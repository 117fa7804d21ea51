#include "services/tickets/schema.h"

namespace dangol::tickets {
namespace {

constexpr storage::Migration kMigrations[] = {
    {"tickets and messages", R"sql(
-- Enumerations are stored as the proto's numbers. What can be long stands last: to read what is behind it, all of it is read. `details` is a dangol.tickets.v1.Ticket with the fields that no query looks at.
CREATE TABLE ticket (
  ticket_id           TEXT NOT NULL PRIMARY KEY,
  version             INTEGER NOT NULL,
  state               INTEGER NOT NULL,
  kind                INTEGER NOT NULL,
  severity            INTEGER NOT NULL,
  channel             TEXT NOT NULL,
  connection          TEXT NOT NULL,
  external_id         TEXT NOT NULL,
  contact_reason      TEXT NOT NULL,
  stage               TEXT NOT NULL,
  assignee            TEXT NOT NULL,
  decline_reason      INTEGER,
  capability_gap      TEXT,
  revisit_condition   TEXT,
  decided_by          TEXT,
  occur_time          INTEGER NOT NULL,
  receive_time        INTEGER NOT NULL,
  hear_time           INTEGER,
  first_response_time INTEGER,
  decide_time         INTEGER,
  waiting_since_time  INTEGER,
  owes_reply          INTEGER NOT NULL,
  create_time         INTEGER NOT NULL,
  update_time         INTEGER NOT NULL,
  subject             TEXT NOT NULL,
  details             BLOB NOT NULL,
  body                TEXT NOT NULL
) STRICT;

-- Serves every list: one range a state, merged by time.
CREATE INDEX ticket_by_state ON ticket (state, receive_time, ticket_id);

CREATE TABLE message (
  ticket_id   TEXT NOT NULL REFERENCES ticket (ticket_id),
  message_id  TEXT NOT NULL,
  kind        INTEGER NOT NULL,
  author      TEXT NOT NULL,
  body        TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, message_id)
) STRICT;
CREATE INDEX message_by_time ON message (ticket_id, create_time, message_id);
)sql"},
    {"links to changes", R"sql(
-- The table is made anew, because what can be long stands last: to read what is behind it, all of it is read. Messages refer to tickets, so
-- they are made anew with them. Enumerations are the proto's numbers; `details` is as in step 1.
CREATE TABLE ticket_2 (
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
  change_id             TEXT,
  acceptance            INTEGER NOT NULL,
  demand_revision       INTEGER NOT NULL, -- the last one that the backlog sent of this ticket and that was applied
  recurrence_acceptance INTEGER NOT NULL, -- the last link whose recurrence was counted: each counts once
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
  first_response_time   INTEGER,
  decide_time           INTEGER,
  waiting_since_time    INTEGER,
  owes_reply            INTEGER NOT NULL,
  confirm_time          INTEGER,
  answer_time           INTEGER,
  close_time            INTEGER,
  create_time           INTEGER NOT NULL,
  update_time           INTEGER NOT NULL,
  revisit_condition     TEXT,
  subject               TEXT NOT NULL,
  details               BLOB NOT NULL,
  body                  TEXT NOT NULL
) STRICT;

INSERT INTO ticket_2 (ticket_id, version, state, disposition, kind, severity, channel, connection, external_id, contact_reason, stage,
  assignee, change_id, acceptance, demand_revision, recurrence_acceptance, recurrence_count, reopen_count, shipment, late,
  refusal_change_id, refusal_reason, refusal_time, decline_reason, capability_gap, decided_by, occur_time, receive_time, hear_time,
  first_response_time, decide_time, waiting_since_time, owes_reply, confirm_time, answer_time, close_time, create_time, update_time,
  revisit_condition, subject, details, body)
SELECT ticket_id, version, state, 0, kind, severity, channel, connection, external_id, contact_reason, stage,
  assignee, NULL, 0, 0, 0, 0, 0, NULL, 0,
  NULL, NULL, NULL, decline_reason, capability_gap, decided_by, occur_time, receive_time, hear_time,
  first_response_time, decide_time, waiting_since_time, owes_reply, NULL, NULL, NULL, create_time, update_time,
  revisit_condition, subject, details, body
FROM ticket ORDER BY create_time, ticket_id;

CREATE TABLE message_2 (
  ticket_id   TEXT NOT NULL REFERENCES ticket_2 (ticket_id),
  message_id  TEXT NOT NULL,
  kind        INTEGER NOT NULL,
  author      TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (ticket_id, message_id)
) STRICT;
INSERT INTO message_2 (ticket_id, message_id, kind, author, create_time, body)
SELECT ticket_id, message_id, kind, author, create_time, body FROM message ORDER BY create_time, ticket_id, message_id;

DROP TABLE message;
DROP TABLE ticket;
ALTER TABLE ticket_2 RENAME TO ticket;
ALTER TABLE message_2 RENAME TO message;

-- Serves every list: one range a state, merged by time.
CREATE INDEX ticket_by_state ON ticket (state, receive_time, ticket_id);
CREATE INDEX message_by_time ON message (ticket_id, create_time, message_id);
)sql"},
};

}  // namespace

storage::Schema TicketsSchema() { return {"tickets", kMigrations}; }

}  // namespace dangol::tickets
