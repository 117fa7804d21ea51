// Sends the tickets of an import, some calls at a time, until each batch has an answer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "cli/import/record.h"
#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::cli {

// Used by one thread.
class ImportSender {
 public:
  static constexpr int kRowsMax = 200;
  static constexpr size_t kBytesMax = 2 << 20;
  static constexpr size_t kInFlightMax = 4;

  // What became of the rows that have an answer.
  struct Counts {
    int64_t created = 0;
    int64_t existing = 0;
  };
  // For a row that the server refuses: the row, and why.
  using Reject = std::function<void(const Record& record, std::string_view reason)>;

  // What is sent belongs to the import of this name. A batch is tried again for `patience`, then given up.
  ImportSender(Client& client, std::string import_name, absl::Duration patience, Reject reject);

  // Waits where enough is on its way. An error ends the import: what was sent before may still come in. CANCELLED:
  // interrupted.
  absl::Status Add(dangol::tickets::v1::CreateTicketRequest request, Record record);
  // Sends the rest, and waits for all answers.
  absl::Status Finish();
  // Waits for what is on its way already.
  absl::Status WaitForAnswers();

  const Counts& counts() const { return counts_; }

 private:
  struct Batch {
    dangol::tickets::v1::BatchCreateTicketsRequest request;
    std::vector<Record> records;
    size_t bytes = 0;
  };
  struct Sent {
    Batch batch;
    std::future<rpc::Reply> reply;
  };

  absl::Status Send();
  void Start(Batch batch);
  absl::Status FinishOldest();
  absl::Status Answered(Sent sent);
  absl::Status SendWithoutRefused(Batch batch, const absl::Status& refusal);

  Client& client_;
  const std::string import_name_;
  const absl::Duration patience_;
  const Reject reject_;
  Batch next_;
  std::deque<Sent> sent_;
  Counts counts_;
  bool reached_ = false;  // the server has answered before
};

}  // namespace dangol::cli
