#include "services/tickets/import/import_store.h"

#include <tuple>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/transition.h"
#include "services/tickets/names.h"

namespace dangol::tickets {
namespace {

using resource::Column;
using resource::kUpdate;
using resource::NullableColumn;

#define IMPORT(field) MEMBER_OF(ImportRow, import) / FIELD_OF(v1::Import, field)

// clang-format off
constexpr auto kImportTable = resource::Table<ImportRow>(
    "ticket_import", std::tuple(
        resource::KeyColumn(kImportPattern, 0, IMPORT(name), "import_id"),
        Column<kUpdate>(IMPORT(tickets)),
        Column<kUpdate>(IMPORT(withdrawn_tickets)),
        Column<kUpdate>(IMPORT(restored_tickets)),
        Column(IMPORT(create_time)),
        Column<kUpdate>(IMPORT(update_time)),
        NullableColumn<kUpdate>(IMPORT(undo_time)),
        NullableColumn<kUpdate>(IMPORT(undo_finish_time)),
        NullableColumn<kUpdate>(IMPORT(undone_by)),
        NullableColumn<kUpdate>(IMPORT(restore_time)),
        NullableColumn<kUpdate>(IMPORT(restore_finish_time)),
        NullableColumn<kUpdate>(IMPORT(restored_by)),
        NullableColumn<kUpdate>(MEMBER_OF(ImportRow, swept_time)),
        NullableColumn<kUpdate>(MEMBER_OF(ImportRow, swept_ticket))));
// clang-format on

}  // namespace

bool IsUndone(const v1::Import& import) { return import.has_undo_time() && !import.has_restore_time(); }

absl::StatusOr<v1::Import> ReadImport(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(ImportRow row, LoadImport(snapshot, name));
  return std::move(row.import);
}

absl::StatusOr<ImportRow> LoadImport(storage::Snapshot& snapshot, std::string_view name) {
  return resource::Read<kImportTable>(snapshot, name);
}

absl::Status StoreImport(storage::Transaction& transaction, const ImportRow& row) {
  return resource::Replace<kImportTable>(transaction, row);
}

absl::StatusOr<std::vector<resource::TimeKey>> ListImportKeys(storage::Snapshot& snapshot,
                                                              const std::optional<resource::TimeKey>& after,
                                                              int64_t most) {
  const resource::TimeKey before = after.value_or(resource::TimeKey::BeforeNewest());
  return resource::ListTimeKeys(snapshot, R"(
      SELECT create_time, import_id FROM ticket_import
      WHERE (create_time, import_id) < ($1, $2)
      ORDER BY create_time DESC, import_id DESC
      LIMIT $3)",
                                {before.time, before.id, most});
}

absl::Status RequireNotUndone(storage::Snapshot& snapshot, std::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<ImportRow> row,
                   resource::Find<kImportTable>(snapshot, {kImportPattern.Id(name)}));
  if (!row || !IsUndone(row->import)) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, "IMPORT_UNDONE",
      fmt::format("{} was undone: nothing can come with it any more. Restore it: another name brings nothing of "
                  "what was taken back.",
                  name),
      {{"name", std::string(name)}});
}

absl::Status AddImportTicket(storage::Transaction& transaction, const v1::Ticket& ticket) {
  return transaction.Execute(
      "INSERT INTO import_ticket (import_id, receive_time, ticket_id, worked_on) VALUES ($1, $2, $3, 0)",
      {kImportPattern.Id(ticket.import_name()), FromProtoTime(ticket.receive_time()),
       kTicketPattern.Id(ticket.name())});
}

absl::Status NoteWorkedOn(storage::Transaction& transaction, const v1::Ticket& ticket) {
  if (ticket.import_name().empty()) return absl::OkStatus();
  return transaction.Execute(
      "UPDATE import_ticket SET worked_on = 1 WHERE import_id = $1 AND receive_time = $2 AND ticket_id = $3",
      {kImportPattern.Id(ticket.import_name()), FromProtoTime(ticket.receive_time()),
       kTicketPattern.Id(ticket.name())});
}

absl::StatusOr<bool> IsWorkedOn(storage::Snapshot& snapshot, std::string_view import, const resource::TimeKey& key) {
  ASSIGN_OR_RETURN(
      const int64_t worked_on,
      snapshot.QueryInteger(
          "SELECT worked_on FROM import_ticket WHERE import_id = $1 AND receive_time = $2 AND ticket_id = $3",
          {kImportPattern.Id(import), key.time, key.id}));
  return worked_on != 0;
}

absl::Status CountImported(storage::Transaction& transaction, const rpc::Call& call, std::string_view name,
                           int64_t tickets) {
  if (tickets == 0) return absl::OkStatus();
  return transaction.Execute(R"(
      INSERT INTO ticket_import (import_id, tickets, withdrawn_tickets, restored_tickets, create_time, update_time)
      VALUES ($1, $2, 0, 0, $3, $3)
      ON CONFLICT (import_id) DO UPDATE SET
        tickets = ticket_import.tickets + excluded.tickets,
        update_time = excluded.update_time)",
                             {kImportPattern.Id(name), tickets, call.now()});
}

absl::StatusOr<bool> HasImport(storage::Snapshot& snapshot, std::string_view name, const resource::TimeKey& key) {
  ASSIGN_OR_RETURN(
      const int64_t found,
      snapshot.QueryInteger(
          "SELECT COUNT(*) FROM import_ticket WHERE import_id = $1 AND receive_time = $2 AND ticket_id = $3",
          {kImportPattern.Id(name), key.time, key.id}));
  return found > 0;
}

absl::StatusOr<std::vector<resource::TimeKey>> ListImportTicketKeys(storage::Snapshot& snapshot, std::string_view name,
                                                                    const resource::TimeKey& after, int64_t most) {
  return resource::ListTimeKeys(snapshot, R"(
      SELECT receive_time, ticket_id FROM import_ticket
      WHERE import_id = $1 AND (receive_time, ticket_id) < ($2, $3)
      ORDER BY receive_time DESC, ticket_id DESC
      LIMIT $4)",
                                {kImportPattern.Id(name), after.time, after.id, most});
}

}  // namespace dangol::tickets
