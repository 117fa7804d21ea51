#include "services/metrics/schema.h"

namespace dangol::metrics {
namespace {

constexpr storage::Migration kMigrations[] = {
    {"the loop ledger", R"sql(
-- Enumerations are stored as the protos' numbers. What the feed of the tickets service says stands in `ticket_…` and `state_count` and in
-- `change_tally`, what the backlog's says in `change` and `change_step`: the two feeds never write the same row.

-- The newest that is known of a ticket; `version` is that of the ticket.
CREATE TABLE ticket_loop (
  ticket_id           TEXT NOT NULL PRIMARY KEY,
  version             INTEGER NOT NULL,
  kind                INTEGER NOT NULL,
  severity            INTEGER NOT NULL,
  contact_reason      TEXT NOT NULL,
  channel             TEXT NOT NULL,
  state               INTEGER NOT NULL,
  disposition         INTEGER NOT NULL,
  change_id           TEXT,
  shipment            TEXT NOT NULL,
  late                INTEGER NOT NULL,
  recurrence          INTEGER NOT NULL,
  recurrence_count    INTEGER NOT NULL,
  reopen_count        INTEGER NOT NULL,
  occur_time          INTEGER,
  receive_time        INTEGER,
  hear_time           INTEGER,
  first_response_time INTEGER,
  decide_time         INTEGER,
  answer_time         INTEGER,
  close_time          INTEGER,
  stage               TEXT NOT NULL,
  internal            INTEGER NOT NULL,
  imported            INTEGER NOT NULL,
  capability_gap      TEXT NOT NULL,
  customer_id         TEXT NOT NULL,
  told_time           INTEGER,
  first_decision      INTEGER NOT NULL,
  change_decide_time  INTEGER, -- of the change that it is linked to, as far as it was heard of
  first_answer_time   INTEGER,
  reopen_time         INTEGER,
  first_decline_time  INTEGER,
  appeal_time         INTEGER,
  outcome_rating      INTEGER NOT NULL,
  handling_rating     INTEGER NOT NULL,
  rate_time           INTEGER,
  rated_answer        INTEGER NOT NULL, -- 0: none, 1: resolved, 2: by a change, 3: NOT_YET
  may_ask             INTEGER NOT NULL,
  found_mended        INTEGER NOT NULL,
  heard_by            TEXT NOT NULL,
  by_maker            INTEGER NOT NULL, -- the roles of that member, as far as they were looked at
  response_work       INTEGER, -- seconds of working time since it was received
  decision_work       INTEGER,
  loop_work           INTEGER
) STRICT, WITHOUT ROWID;
-- Those whose change was not decided when they were heard of last.
CREATE INDEX ticket_loop_undecided ON ticket_loop (change_id, ticket_id)
  WHERE change_id IS NOT NULL AND change_decide_time IS NULL;
CREATE INDEX ticket_loop_by_contact_reason ON ticket_loop (contact_reason, receive_time);
-- Those that count as complaints, by when they came; of duplicates and spam their rows tell.
CREATE INDEX ticket_loop_by_kind ON ticket_loop (kind, receive_time)
  WHERE imported = 0 AND internal = 0 AND receive_time IS NOT NULL;
CREATE INDEX ticket_loop_by_change ON ticket_loop (change_id, receive_time) WHERE change_id IS NOT NULL;

CREATE INDEX ticket_loop_heard ON ticket_loop (heard_by, by_maker) WHERE heard_by <> '';
CREATE INDEX ticket_loop_by_gap ON ticket_loop (capability_gap, receive_time) WHERE capability_gap <> '';

-- Who waits for what we cannot do yet: tickets and customers, each once, of tickets that are NOT_YET for that.
CREATE TABLE gap (
  capability_gap TEXT NOT NULL PRIMARY KEY,
  tickets        INTEGER NOT NULL,
  customers      INTEGER NOT NULL,
  anonymous      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE gap_customer (
  capability_gap TEXT NOT NULL,
  root_id        TEXT NOT NULL,
  tickets        INTEGER NOT NULL,
  PRIMARY KEY (capability_gap, root_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gap_customer_of ON gap_customer (root_id);
-- Customers who turned out to be another: the one that is kept, never one that is merged itself.
CREATE TABLE customer_alias (
  customer_id TEXT NOT NULL PRIMARY KEY,
  root_id     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_alias_of ON customer_alias (root_id);

-- What happened to a ticket. `sequence` is the event's in the feed; `version` is the ticket's after it, 0 where the event did not change the
-- ticket. `entered_state` and `left_state` are set where the state changed; a ticket that was made left 0.
CREATE TABLE ticket_step (
  ticket_id     TEXT NOT NULL,
  time          INTEGER NOT NULL,
  sequence      INTEGER NOT NULL,
  part          INTEGER NOT NULL,
  version       INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  day           INTEGER NOT NULL,
  entered_state INTEGER,
  left_state    INTEGER,
  change_id     TEXT NOT NULL,
  shipment      TEXT NOT NULL,
  decided_by    TEXT NOT NULL,
  detail        TEXT NOT NULL,
  PRIMARY KEY (ticket_id, time, sequence, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_step_by_day ON ticket_step (day, entered_state, left_state) WHERE entered_state IS NOT NULL;

-- `day` counts from 1970-01-01, in UTC.
CREATE TABLE state_count (
  day             INTEGER NOT NULL,
  state           INTEGER NOT NULL,
  entered_tickets INTEGER NOT NULL,
  left_tickets    INTEGER NOT NULL,
  PRIMARY KEY (day, state)
) STRICT, WITHOUT ROWID;

-- How many of the tickets that are linked to a change have a property; what `slot` means depends on the measure (counts.h).
CREATE TABLE change_tally (
  change_id TEXT NOT NULL,
  measure   INTEGER NOT NULL,
  slot      INTEGER NOT NULL,
  tickets   INTEGER NOT NULL,
  PRIMARY KEY (change_id, measure, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  change_id      TEXT NOT NULL PRIMARY KEY,
  version        INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  title          TEXT NOT NULL,
  propose_time   INTEGER,
  plan_time      INTEGER,
  start_time     INTEGER,
  ship_time      INTEGER,
  drop_time      INTEGER,
  shipments      INTEGER NOT NULL,
  stage          TEXT NOT NULL,
  decide_time    INTEGER,
  strategy       INTEGER NOT NULL,
  effort_percent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX change_by_ship_time ON change (ship_time) WHERE ship_time IS NOT NULL;

-- When complaints came back to a change. What was accepted into it by mistake and taken out counts no more.
CREATE TABLE change_return (
  change_id   TEXT NOT NULL,
  ticket_id   TEXT NOT NULL,
  time        INTEGER NOT NULL,
  by_customer INTEGER NOT NULL, -- who said that it was not fixed; else that it was accepted means so
  PRIMARY KEY (change_id, ticket_id, time)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_return_by_time ON change_return (change_id, time);

-- When somebody who had complained first found a change mended.
CREATE TABLE change_mended (
  change_id TEXT NOT NULL PRIMARY KEY,
  time      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE change_step (
  change_id  TEXT NOT NULL,
  time       INTEGER NOT NULL,
  sequence   INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  kind       INTEGER NOT NULL,
  shipment   TEXT NOT NULL,
  decided_by TEXT NOT NULL,
  detail     TEXT NOT NULL,
  PRIMARY KEY (change_id, time, sequence)
) STRICT, WITHOUT ROWID;

-- When the team works, by each triage policy that ever held: `details` is its WorkingHours.
CREATE TABLE working_hours (
  from_time INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  details   BLOB NOT NULL,
  PRIMARY KEY (from_time, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  member_id   TEXT NOT NULL PRIMARY KEY,
  version     INTEGER NOT NULL,
  state       INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  details     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_create_time ON member (create_time, member_id);

-- Messages to members, one a day; `day` is such as `2026-11-24`.
CREATE TABLE digest (
  member_id   TEXT NOT NULL,
  day         TEXT NOT NULL,
  state       INTEGER NOT NULL,
  read_time   INTEGER NOT NULL,
  claim_time  INTEGER NOT NULL,
  report_time INTEGER,
  PRIMARY KEY (member_id, day)
) STRICT, WITHOUT ROWID;

-- Comments that name a member, until some time after a message has told of them.
CREATE TABLE mention (
  member_id TEXT NOT NULL,
  time      INTEGER NOT NULL,
  comment   TEXT NOT NULL,
  author    TEXT NOT NULL,
  hear_time INTEGER NOT NULL, -- when this service heard of it: whether a message has told of it goes by that
  PRIMARY KEY (member_id, time, comment)
) STRICT, WITHOUT ROWID;

-- `details` has all that a revision may change.
CREATE TABLE engine (
  engine_id      TEXT NOT NULL PRIMARY KEY,
  version        INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  default_engine INTEGER NOT NULL,
  time_zone      TEXT NOT NULL,
  week_start     INTEGER NOT NULL,
  create_time    INTEGER NOT NULL,
  update_time    INTEGER NOT NULL,
  details        BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX engine_by_create_time ON engine (create_time, engine_id);

-- The stages that a member owns by the newest revisions, retired ones not.
CREATE TABLE member_stage (
  member_id TEXT NOT NULL,
  engine_id TEXT NOT NULL,
  stage_id  TEXT NOT NULL,
  PRIMARY KEY (member_id, engine_id, stage_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_stage_by_engine ON member_stage (engine_id);

CREATE TABLE engine_revision (
  engine_id   TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  details     BLOB NOT NULL,
  PRIMARY KEY (engine_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE acknowledgement (
  engine_id TEXT NOT NULL,
  revision  INTEGER NOT NULL,
  member_id TEXT NOT NULL,
  answer    INTEGER NOT NULL,
  note      TEXT NOT NULL,
  time      INTEGER NOT NULL,
  PRIMARY KEY (engine_id, revision, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kpi (
  engine_id     TEXT NOT NULL,
  kpi_id        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  stage         TEXT NOT NULL,
  state         INTEGER NOT NULL,
  kind          INTEGER NOT NULL,
  system        INTEGER NOT NULL, -- what is computed; 0: nothing, it is entered
  counted_until TEXT, -- the last ticket or change that was counted of those that were there before it; NULL: all are
  create_time   INTEGER NOT NULL,
  update_time   INTEGER NOT NULL,
  details       BLOB NOT NULL,
  PRIMARY KEY (engine_id, kpi_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX kpi_system ON kpi (engine_id, kpi_id, system, stage, counted_until) WHERE system <> 0;
CREATE INDEX kpi_by_create_time ON kpi (engine_id, create_time, kpi_id);

-- What is known of a day, which counts from 1970-01-01. Numbers are in thousandths, so that sums are exact; of a number without a denominator
-- the numerator is the value.
CREATE TABLE observation (
  engine_id         TEXT NOT NULL,
  kpi_id            TEXT NOT NULL,
  day               INTEGER NOT NULL,
  state             INTEGER NOT NULL,
  numerator         INTEGER NOT NULL,
  denominator       INTEGER NOT NULL,
  revision          INTEGER NOT NULL,
  on_time           INTEGER NOT NULL,
  first_record_time INTEGER NOT NULL,
  record_time       INTEGER NOT NULL,
  recorded_by       TEXT NOT NULL,
  note              TEXT NOT NULL,
  PRIMARY KEY (engine_id, kpi_id, day)
) STRICT, WITHOUT ROWID;

-- All that was ever said of a day; the newest is the observation.
CREATE TABLE observation_revision (
  engine_id   TEXT NOT NULL,
  kpi_id      TEXT NOT NULL,
  day         INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  state       INTEGER NOT NULL,
  numerator   INTEGER NOT NULL,
  denominator INTEGER NOT NULL,
  record_time INTEGER NOT NULL,
  recorded_by TEXT NOT NULL,
  note        TEXT NOT NULL,
  PRIMARY KEY (engine_id, kpi_id, day, revision)
) STRICT, WITHOUT ROWID;

-- Sums of the observations of a week or month that are numbers, kept with each of them. What is added up has no meaning for a KPI of kind LAST.
CREATE TABLE rollup (
  engine_id      TEXT NOT NULL,
  kpi_id         TEXT NOT NULL,
  granularity    INTEGER NOT NULL,
  first_day      INTEGER NOT NULL,
  numerator      INTEGER NOT NULL,
  denominator    INTEGER NOT NULL,
  recorded       INTEGER NOT NULL,
  not_applicable INTEGER NOT NULL,
  restate_time   INTEGER,
  restated_by    TEXT NOT NULL,
  PRIMARY KEY (engine_id, kpi_id, granularity, first_day)
) STRICT, WITHOUT ROWID;

-- Of KPIs that are times: how many complaints of a day, week or month took about as long (system/time_slots.h).
CREATE TABLE time_slot (
  engine_id   TEXT NOT NULL,
  kpi_id      TEXT NOT NULL,
  granularity INTEGER NOT NULL,
  first_day   INTEGER NOT NULL,
  slot        INTEGER NOT NULL,
  tickets     INTEGER NOT NULL,
  PRIMARY KEY (engine_id, kpi_id, granularity, first_day, slot)
) STRICT, WITHOUT ROWID;

-- The first day that was not counted yet by the KPIs that change with the clock, and when it ends.
CREATE TABLE open_day (
  engine_id TEXT NOT NULL PRIMARY KEY,
  day       INTEGER NOT NULL,
  end_time  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX open_day_by_end_time ON open_day (end_time, engine_id);

CREATE TABLE report_review (
  engine_id   TEXT NOT NULL,
  review_id   TEXT NOT NULL,
  granularity INTEGER NOT NULL,
  first_day   INTEGER NOT NULL,
  member_id   TEXT NOT NULL,
  time        INTEGER NOT NULL,
  PRIMARY KEY (engine_id, review_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX report_review_by_report ON report_review (engine_id, granularity, first_day, member_id);

CREATE TABLE remark (
  engine_id   TEXT NOT NULL,
  remark_id   TEXT NOT NULL,
  kpi         TEXT NOT NULL,
  granularity INTEGER NOT NULL,
  first_day   TEXT NOT NULL,
  reply_to    TEXT NOT NULL,
  author      TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  body        TEXT NOT NULL,
  PRIMARY KEY (engine_id, remark_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX remark_by_create_time ON remark (engine_id, create_time, remark_id);

-- What a shipped change did. `look_day` is the last day that a look was at, or that was passed over.
CREATE TABLE effect (
  effect_id      TEXT NOT NULL PRIMARY KEY,
  verdict        INTEGER NOT NULL,
  ship_time      INTEGER NOT NULL,
  next_look_time INTEGER,
  look_day       INTEGER NOT NULL,
  details        BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX effect_by_next_look_time ON effect (next_look_time, effect_id) WHERE next_look_time IS NOT NULL;
CREATE INDEX effect_by_ship_time ON effect (ship_time, effect_id);

CREATE TABLE effect_look (
  effect_id TEXT NOT NULL,
  ship_time INTEGER NOT NULL,
  day       INTEGER NOT NULL,
  details   BLOB NOT NULL,
  PRIMARY KEY (effect_id, ship_time, day)
) STRICT, WITHOUT ROWID;
)sql"},
};

}  // namespace

storage::Schema MetricsSchema() { return {"metrics", kMigrations}; }

}  // namespace dangol::metrics
