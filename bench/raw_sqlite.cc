#include "bench/raw_sqlite.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"
#include <sqlite3.h>

#include "common/base/ids.h"
#include "common/storage/core_schema.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"
#include "services/tickets/schema.h"

namespace dangol::bench {

struct RawSqlite::State {
  sqlite3* database = nullptr;
  sqlite3_stmt* ticket = nullptr;
  sqlite3_stmt* customer = nullptr;
  sqlite3_stmt* topic = nullptr;
  sqlite3_stmt* event = nullptr;
  sqlite3_stmt* head = nullptr;
  sqlite3_stmt* key = nullptr;
  int64_t sequence = 0;
  int log_pages = 0;
  IdMaker ids{0};

  void Check(int code) const {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fmt::print(stderr, "raw sqlite: {}\n", sqlite3_errmsg(database));
    std::abort();
  }
  void Run(const char* sql) const { Check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* Prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr));
    return statement;
  }
  // An insert of one row: `bound` columns are parameters, in their order; of the others, those that need a value get
  // that of nothing.
  sqlite3_stmt* PrepareInsert(std::string_view table, const std::vector<std::string>& bound) const {
    std::string columns;
    std::string values;
    sqlite3_stmt* each =
        Prepare(fmt::format("SELECT name, type, \"notnull\" FROM pragma_table_info('{}')", table).c_str());
    while (sqlite3_step(each) == SQLITE_ROW) {
      const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(each, 0));
      const std::string type = reinterpret_cast<const char*>(sqlite3_column_text(each, 1));
      const auto parameter = std::ranges::find(bound, name);
      if (parameter == bound.end() && sqlite3_column_int(each, 2) == 0) continue;
      columns += (columns.empty() ? "" : ", ") + name;
      values += values.empty() ? "" : ", ";
      if (parameter != bound.end()) {
        values += fmt::format("?{}", parameter - bound.begin() + 1);
      } else {
        values += type == "INTEGER" ? "0" : type == "TEXT" ? "''" : "x''";
      }
    }
    Check(sqlite3_finalize(each));
    return Prepare(fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, values).c_str());
  }
  static void Text(sqlite3_stmt* statement, int position, std::string_view text) {
    sqlite3_bind_text(statement, position, text.data() == nullptr ? "" : text.data(), static_cast<int>(text.size()),
                      SQLITE_STATIC);
  }
  void Step(sqlite3_stmt* statement) const {
    Check(sqlite3_step(statement));
    Check(sqlite3_reset(statement));
  }
};

RawSqlite::RawSqlite(const std::string& path) : state_(new State) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // as the services have it
  state_->Check(sqlite3_open(path.c_str(), &state_->database));
  state_->Run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536; "
      "PRAGMA foreign_keys = ON;");
  for (const storage::Schema& schema : {storage::CoreSchema(), tickets::TicketsSchema()}) {
    for (const storage::Migration& migration : schema.migrations) state_->Run(std::string(migration.script).c_str());
  }
  state_->Run("INSERT INTO feed_head (singleton, last_seq, incarnation, starts) VALUES (1, 0, 'raw', 1)");
  state_->ticket = state_->PrepareInsert(
      "ticket", {"ticket_id", "kind", "channel", "contact_reason", "subject", "body", "receive_time", "occur_time",
                 "waiting_since_time", "create_time", "update_time", "customer_id"});
  state_->customer = state_->PrepareInsert("customer", {"customer_id", "ticket_id", "create_time", "update_time"});
  state_->topic = state_->Prepare("INSERT INTO ticket_topic (topic, receive_time, ticket_id) VALUES (?1, ?2, ?3)");
  state_->event = state_->Prepare(
      "INSERT INTO feed (seq, time, kind, resources, payload, traceparent) VALUES (?1, ?2, 'ticket_created', ?3, ?4, '')");
  state_->head = state_->Prepare("UPDATE feed_head SET last_seq = ?1");
  state_->key = state_->Prepare(
      "INSERT INTO idempotency (request_id, principal, method, request_hash, resources, create_time) "
      "VALUES (?1, 'operator', 'BatchCreateTickets', ?2, ?3, ?4)");
  sqlite3_wal_hook(
      state_->database,
      [](void* state, sqlite3*, const char*, int pages) {
        static_cast<State*>(state)->log_pages = pages;
        return SQLITE_OK;
      },
      state_);
}

RawSqlite::~RawSqlite() {
  for (sqlite3_stmt* statement :
       {state_->ticket, state_->customer, state_->topic, state_->event, state_->head, state_->key})
    sqlite3_finalize(statement);
  sqlite3_close_v2(state_->database);
  delete state_;
}

void RawSqlite::Insert(const tickets::v1::BatchCreateTicketsRequest& batch) {
  State& s = *state_;
  s.Run("BEGIN IMMEDIATE");
  std::string names;
  const int64_t now = absl::GetCurrentTimeNanos() / 1000;
  for (const auto& request : batch.requests()) {
    const tickets::v1::Ticket& ticket = request.ticket();
    const std::string id = s.ids.Next(absl::FromUnixMicros(now));
    State::Text(s.ticket, 1, id);
    sqlite3_bind_int(s.ticket, 2, ticket.kind());
    State::Text(s.ticket, 3, ticket.source().channel());
    State::Text(s.ticket, 4, ticket.contact_reason());
    State::Text(s.ticket, 5, ticket.subject());
    State::Text(s.ticket, 6, ticket.body());
    for (int time = 7; time <= 11; ++time) sqlite3_bind_int64(s.ticket, time, now);
    const std::string customer = s.ids.Next(absl::FromUnixMicros(now));
    State::Text(s.ticket, 12, customer);
    s.Step(s.ticket);
    State::Text(s.customer, 1, customer);
    State::Text(s.customer, 2, id);
    sqlite3_bind_int64(s.customer, 3, now);
    sqlite3_bind_int64(s.customer, 4, now);
    s.Step(s.customer);
    State::Text(s.topic, 1, ticket.contact_reason());
    sqlite3_bind_int64(s.topic, 2, now);
    State::Text(s.topic, 3, id);
    s.Step(s.topic);
    tickets::v1::TicketEvent event;
    const std::string name = "tickets/" + id;
    event.mutable_ticket_created();
    event.mutable_facts()->set_ticket(name);
    event.mutable_facts()->set_kind(ticket.kind());
    event.mutable_facts()->set_channel(ticket.source().channel());
    event.mutable_facts()->set_contact_reason(ticket.contact_reason());
    event.mutable_facts()->mutable_receive_time()->set_seconds(now / 1'000'000);
    event.mutable_facts()->mutable_occur_time()->set_seconds(now / 1'000'000);
    const std::string payload = event.SerializeAsString();
    sqlite3_bind_int64(s.event, 1, ++s.sequence);
    sqlite3_bind_int64(s.event, 2, now);
    const std::string touched = name + "@1";
    State::Text(s.event, 3, touched);
    sqlite3_bind_blob(s.event, 4, payload.data(), static_cast<int>(payload.size()), SQLITE_STATIC);
    s.Step(s.event);
    names += name + " ";
  }
  sqlite3_bind_int64(s.head, 1, s.sequence);
  s.Step(s.head);
  State::Text(s.key, 1, batch.request_id());
  sqlite3_bind_zeroblob(s.key, 2, 32);
  State::Text(s.key, 3, names);
  sqlite3_bind_int64(s.key, 4, now);
  s.Step(s.key);
  s.Run("COMMIT");
  if (s.log_pages >= 4000) {
    sqlite3_wal_checkpoint_v2(s.database, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    s.log_pages = 0;
  }
}

}  // namespace dangol::bench
