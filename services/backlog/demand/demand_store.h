// Demands, the links of tickets and the evidence as rows. Evidence and shipments are counted here with whatever changes
// a demand, so that nobody else can forget it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/storage/database.h"
#include "dangol/backlog/v1/change.pb.h"

namespace dangol::backlog {

struct Demand {
  std::string change_id;
  std::string ticket_id;
  int64_t ordinal = 0;  // in its change
  int64_t version = 0;
  v1::Demand::State state = v1::Demand::ACTIVE;
  int64_t acceptance = 0;
  bool late = false;
  bool recurrence = false;
  int64_t shipment = 0;   // that answered it; 0: none, as always where it is not ACTIVE
  int64_t came_back = 0;  // the last shipment that answered it and did not mend it; 0: none
  absl::Time occur_time;
  absl::Time receive_time;
  absl::Time create_time;
  absl::Time update_time;
  std::string customer_id;  // as its ticket has it; empty: nobody known
  bool may_ask = false;
  int64_t ticket_version = 0;  // of the ticket when it said may_ask
  int64_t preview_round = 0;   // 0: it was never invited
  v1::Demand::PreviewAnswer preview_answer = v1::Demand::PREVIEW_ANSWER_UNSPECIFIED;

  bool waits() const { return state == v1::Demand::ACTIVE && shipment == 0; }
};

v1::Demand DemandProto(const Demand& demand);

// The ticket's only ACTIVE demand, wherever it is.
absl::StatusOr<std::optional<Demand>> FindActiveDemand(storage::Snapshot& snapshot, std::string_view ticket_id);
// True where the ticket was answered by this shipment of the change before and came back: it is not answered by it
// again.
absl::StatusOr<bool> CameBackFrom(storage::Snapshot& snapshot, const Demand& demand, int64_t shipment);
// Demands of a change behind an ordinal, in their order.
absl::StatusOr<std::vector<Demand>> ListDemandsAfter(storage::Snapshot& snapshot, std::string_view change_id,
                                                     int64_t ordinal, int64_t most);
// Those that wait, up to an ordinal, in their order.
absl::StatusOr<std::vector<Demand>> ListWaiting(storage::Snapshot& snapshot, std::string_view change_id,
                                                int64_t ordinal_max, int64_t most);
// Those that wait and are named for the change's fan-out, in their order.
absl::StatusOr<std::vector<Demand>> ListNamed(storage::Snapshot& snapshot, std::string_view change_id, int64_t most);

// Those of the links behind an ordinal and up to another that the shipment answers, in their order.
absl::StatusOr<std::vector<Demand>> ListAnswered(storage::Snapshot& snapshot, std::string_view change_id,
                                                 int64_t shipment, int64_t ordinal, int64_t ordinal_max, int64_t most);

// A ticket has come to a change: gives the demand its ordinal and its version, in place of one that the ticket had
// there before.
absl::Status EnterDemand(storage::Transaction& transaction, Demand& demand);

// The demand as it is to be; `before` is as it was read.
absl::Status ChangeDemand(storage::Transaction& transaction, const Demand& before, Demand& demand);
// The ticket is linked anew to the change that it was in: as ChangeDemand, and the demand gets a new ordinal.
absl::Status ReenterDemand(storage::Transaction& transaction, const Demand& before, Demand& demand);
// Many of one change at a time, which all become `to`, ACTIVE ones answered by `shipment`. Versions and states are set
// in place.
absl::Status ChangeWaiting(storage::Transaction& transaction, std::vector<Demand>& demands, v1::Demand::State to,
                           int64_t shipment, absl::Time now);

// Many that one shipment answers: they wait again.
absl::Status TakeAnswersBack(storage::Transaction& transaction, std::vector<Demand>& demands, absl::Time now);

// Takes note of a ticket's link, about which this service says something, or not. Returns the revision of what it said
// last; none where this link, or a newer one, is known already.
absl::StatusOr<std::optional<int64_t>> TakeLink(storage::Transaction& transaction, std::string_view ticket_id,
                                                int64_t acceptance, bool says);
// Of one more statement about the ticket.
absl::StatusOr<int64_t> NextRevision(storage::Transaction& transaction, std::string_view ticket_id);

absl::StatusOr<int64_t> LastOrdinal(storage::Snapshot& snapshot, std::string_view change_id);

}  // namespace dangol::backlog
