#include "services/backlog/schema.h"

#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {
namespace {

constexpr storage::Migration kMigrations[] = {
    {"changes and demands", R"sql(
-- Enumerations are stored as the proto's numbers. What can be long stands last: to read what is behind it, all of it
-- is read. `details` is a dangol.backlog.v1.Change with the fields that no query looks at.
CREATE TABLE change (
  change_id      TEXT NOT NULL PRIMARY KEY,
  version        INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  kind           INTEGER NOT NULL,
  stage          TEXT NOT NULL,
  owner          TEXT NOT NULL,
  shipment_count INTEGER NOT NULL, -- also the number of the newest shipment
  create_time    INTEGER NOT NULL,
  plan_time      INTEGER,
  start_time     INTEGER,
  ship_time      INTEGER,
  update_time    INTEGER NOT NULL,
  title          TEXT NOT NULL,
  details        BLOB NOT NULL
) STRICT;

-- Serves every list: one range a state, merged by time.
CREATE INDEX change_by_state ON change (state, create_time, change_id);

-- One row a change, apart from its texts: every demand that comes writes it.
CREATE TABLE evidence (
  change_id          TEXT NOT NULL PRIMARY KEY REFERENCES change (change_id),
  last_ordinal       INTEGER NOT NULL,
  demands            INTEGER NOT NULL,
  answered           INTEGER NOT NULL,
  late               INTEGER NOT NULL,
  recurrences        INTEGER NOT NULL,
  first_receive_time INTEGER,
  last_receive_time  INTEGER
) STRICT;

-- `answered` counts all that it ever answered, `reopened` those of them that came back.
CREATE TABLE shipment (
  change_id   TEXT NOT NULL REFERENCES change (change_id),
  number      INTEGER NOT NULL,
  partial     INTEGER NOT NULL,
  ship_time   INTEGER NOT NULL,
  answered    INTEGER NOT NULL,
  reopened    INTEGER NOT NULL,
  finish_time INTEGER,
  PRIMARY KEY (change_id, number)
) STRICT;

-- An ordinal is given once in a change and names one link of one ticket: a demand that comes again gets another.
CREATE TABLE demand (
  change_id    TEXT NOT NULL REFERENCES change (change_id),
  ordinal      INTEGER NOT NULL,
  ticket_id    TEXT NOT NULL,
  version      INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  acceptance   INTEGER NOT NULL,
  late         INTEGER NOT NULL,
  recurrence   INTEGER NOT NULL,
  shipment     INTEGER,
  came_back    INTEGER,
  occur_time   INTEGER NOT NULL,
  receive_time INTEGER NOT NULL,
  create_time  INTEGER NOT NULL,
  update_time  INTEGER NOT NULL,
  PRIMARY KEY (change_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX demand_by_ticket ON demand (change_id, ticket_id);
-- A ticket asks for one change at a time.
CREATE UNIQUE INDEX demand_active ON demand (ticket_id) WHERE state = 1;
-- Those that a shipment answers, so that it need not look at those that were answered before.
CREATE INDEX demand_waiting ON demand (change_id, ordinal) WHERE state = 1 AND shipment IS NULL;

-- Every ticket that was ever linked: its newest link that is known here, and how much was said about it.
CREATE TABLE ticket_link (
  ticket_id  TEXT NOT NULL PRIMARY KEY,
  acceptance INTEGER NOT NULL,
  revision   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A shipment or, without one, a drop that its tickets are being told of: those up to `ordinal_max`, or those in
-- fan_out_demand where it is partial.
CREATE TABLE fan_out (
  change_id   TEXT NOT NULL PRIMARY KEY REFERENCES change (change_id),
  shipment    INTEGER,
  partial     INTEGER NOT NULL,
  ordinal_max INTEGER NOT NULL
) STRICT;
CREATE TABLE fan_out_demand (
  change_id TEXT NOT NULL,
  ordinal   INTEGER NOT NULL,
  PRIMARY KEY (change_id, ordinal)
) STRICT, WITHOUT ROWID;
)sql"},
};

static_assert(v1::Demand::ACTIVE == 1, "the indexes have this number");

}  // namespace

storage::Schema BacklogSchema() { return {"backlog", kMigrations}; }

}  // namespace dangol::backlog
