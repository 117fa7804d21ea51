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
  check_due_time INTEGER, -- while it is SHIPPED and fewer than three checks were in vain
  update_time    INTEGER NOT NULL,
  merged_into    TEXT, -- the last survivor, never another MERGED one
  title          TEXT NOT NULL,
  details        BLOB NOT NULL
) STRICT;
CREATE INDEX change_merged ON change (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX change_to_check ON change (check_due_time, change_id) WHERE check_due_time IS NOT NULL;

-- The contact reasons of a change, once more, to be found by.
CREATE TABLE change_reason (
  contact_reason TEXT NOT NULL,
  change_id      TEXT NOT NULL,
  PRIMARY KEY (contact_reason, change_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_reason_of ON change_reason (change_id, contact_reason);

-- Contact reasons that were moved, and where to: one that may have been moved itself. `sequence` is that of the event
-- that said so.
CREATE TABLE reason_redirect (
  path       TEXT NOT NULL PRIMARY KEY,
  moved_into TEXT NOT NULL,
  sequence   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a change, apart from its texts: every demand that comes writes it. What lists go by is copied here from the
-- change, so that the score, which moves with the demands, stands in one index with it. `score` is
-- (customers + anonymous) * weight / effort.
CREATE TABLE evidence (
  change_id          TEXT NOT NULL PRIMARY KEY REFERENCES change (change_id),
  last_ordinal       INTEGER NOT NULL,
  demands            INTEGER NOT NULL,
  customers          INTEGER NOT NULL,
  anonymous          INTEGER NOT NULL,
  answered           INTEGER NOT NULL,
  late               INTEGER NOT NULL,
  recurrences        INTEGER NOT NULL,
  may_ask            INTEGER NOT NULL,
  invited            INTEGER NOT NULL,
  fixed              INTEGER NOT NULL,
  not_fixed          INTEGER NOT NULL,
  first_receive_time INTEGER,
  last_receive_time  INTEGER,
  weight             INTEGER NOT NULL,
  effort             INTEGER NOT NULL,
  score              INTEGER NOT NULL,
  decide_due_time    INTEGER, -- while it is PROPOSED and somebody asks for it
  state              INTEGER NOT NULL,
  against            INTEGER NOT NULL, -- it was decided although one of the answers is NO
  stage              TEXT NOT NULL,
  owner              TEXT NOT NULL,
  release_label      TEXT NOT NULL,
  create_time        INTEGER NOT NULL,
  target_time        INTEGER,
  keep_due_time      INTEGER,
  conclude_due_time  INTEGER,
  publish_time       INTEGER, -- when it shipped, where it stands in the public list
  effect_ship_time   INTEGER, -- of the shipment that metrics spoke of last; what it said of an older one says nothing
  effect_verdict     INTEGER NOT NULL,
  effect_look        INTEGER NOT NULL -- grows with what metrics says
) STRICT;

-- Serve the lists: one range a state, merged by what the list is in order of.
CREATE INDEX evidence_by_time ON evidence (state, create_time, change_id);
CREATE INDEX evidence_by_score ON evidence (state, score, change_id);
CREATE INDEX evidence_of_stage ON evidence (stage, state, score, change_id) WHERE stage <> '';
CREATE INDEX evidence_of_owner ON evidence (owner, state, score, change_id) WHERE owner <> '';
CREATE INDEX evidence_of_release ON evidence (release_label, state, score, change_id) WHERE release_label <> '';
CREATE INDEX evidence_against ON evidence (state, against, score, change_id) WHERE against = 1;
CREATE INDEX evidence_by_target ON evidence (state, target_time, change_id) WHERE target_time IS NOT NULL;
CREATE INDEX evidence_undecided ON evidence (state, decide_due_time, change_id) WHERE decide_due_time IS NOT NULL;
CREATE INDEX evidence_to_keep ON evidence (state, keep_due_time, change_id) WHERE keep_due_time IS NOT NULL;
CREATE INDEX evidence_to_conclude ON evidence (state, conclude_due_time, change_id)
  WHERE conclude_due_time IS NOT NULL;
CREATE INDEX evidence_published ON evidence (publish_time, change_id) WHERE publish_time IS NOT NULL;

-- `answered` counts all that it ever answered, `reopened` those of them that came back; both are 0 once it was taken back.
CREATE TABLE shipment (
  change_id   TEXT NOT NULL REFERENCES change (change_id),
  number      INTEGER NOT NULL,
  partial     INTEGER NOT NULL,
  ship_time   INTEGER NOT NULL,
  answered    INTEGER NOT NULL,
  reopened    INTEGER NOT NULL,
  finish_time INTEGER,
  revert_time INTEGER,
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
  customer_id  TEXT, -- as its ticket has it; NULL: nobody known
  may_ask        INTEGER NOT NULL,
  preview_round  INTEGER NOT NULL,
  preview_answer INTEGER NOT NULL,
  ticket_version INTEGER NOT NULL, -- of the ticket when it said may_ask
  PRIMARY KEY (change_id, ordinal)
) STRICT;
CREATE UNIQUE INDEX demand_by_ticket ON demand (change_id, ticket_id);
-- A ticket asks for one change at a time.
CREATE UNIQUE INDEX demand_active ON demand (ticket_id) WHERE state = 1;
-- Those that a shipment answers, so that it need not look at those that were answered before. Beside a table WITHOUT ROWID
-- SQLite would take the primary key instead of it.
CREATE INDEX demand_waiting ON demand (change_id, ordinal) WHERE state = 1 AND shipment IS NULL;

-- The newest complaint of a customer. Answers do not write it.
CREATE INDEX demand_of_customer ON demand (change_id, customer_id, receive_time) WHERE customer_id IS NOT NULL;

CREATE TABLE comment (
  change_id   TEXT NOT NULL REFERENCES change (change_id),
  comment_id  TEXT NOT NULL,
  author      TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  details     BLOB NOT NULL, -- a dangol.backlog.v1.Comment with what no query looks at
  PRIMARY KEY (change_id, comment_id)
) STRICT;
CREATE INDEX comment_by_time ON comment (change_id, create_time, comment_id);

-- Customers who turned out to be another: the one that is kept, never one that is merged itself.
CREATE TABLE customer_alias (
  customer_id TEXT NOT NULL PRIMARY KEY,
  root_id     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_alias_of ON customer_alias (root_id);

-- The segments of customers who have one, or had; `version` is that of the customer which said so.
CREATE TABLE customer_segment (
  customer_id TEXT NOT NULL PRIMARY KEY,
  segment     TEXT NOT NULL,
  version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The customers of ACTIVE demands, those that are kept, how many each has, and the day on which the newest was received.
-- Days count from 1970-01-01, in UTC.
CREATE TABLE change_customer (
  change_id TEXT NOT NULL,
  root_id   TEXT NOT NULL,
  demands   INTEGER NOT NULL,
  last_day  INTEGER NOT NULL,
  PRIMARY KEY (change_id, root_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_customer_of ON change_customer (root_id);

-- Customers by that day, and ACTIVE demands of nobody known by theirs.
CREATE TABLE change_day (
  change_id TEXT NOT NULL,
  day       INTEGER NOT NULL,
  customers INTEGER NOT NULL,
  anonymous INTEGER NOT NULL,
  PRIMARY KEY (change_id, day)
) STRICT, WITHOUT ROWID;

-- Customers by segment, of those who have one.
CREATE TABLE change_segment (
  change_id TEXT NOT NULL,
  segment   TEXT NOT NULL,
  customers INTEGER NOT NULL,
  PRIMARY KEY (change_id, segment)
) STRICT, WITHOUT ROWID;

-- Whose complaint came back to a change that was there: `customers/…`, or `tickets/…` of nobody known; the last time.
CREATE TABLE change_recurrence (
  change_id TEXT NOT NULL,
  who       TEXT NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (change_id, who)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_recurrence_of ON change_recurrence (who);

-- Every ticket that was ever linked: its newest link that is known here, and how much was said about it.
CREATE TABLE ticket_link (
  ticket_id  TEXT NOT NULL PRIMARY KEY,
  acceptance INTEGER NOT NULL,
  revision   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a change is telling its tickets, of the links up to `ordinal_max`: of a shipment those that wait, or those in
-- fan_out_demand where it is partial; of a drop and of a merge those that wait; of a revert those that the shipment
-- answered, of which the links up to `ordinal` were looked at.
CREATE TABLE fan_out (
  change_id   TEXT NOT NULL PRIMARY KEY REFERENCES change (change_id),
  kind        INTEGER NOT NULL,
  shipment    INTEGER, -- of a shipment and of a revert
  destination TEXT,    -- of a merge
  ordinal     INTEGER NOT NULL,
  ordinal_max INTEGER NOT NULL
) STRICT;
CREATE INDEX fan_out_into ON fan_out (destination) WHERE destination IS NOT NULL;
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
