// The import of one file: its records become tickets that are sent, or rejects.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "cli/command/client.h"
#include "cli/import/import_format.h"
#include "cli/import/import_sender.h"
#include "cli/import/record.h"
#include "cli/import/reject_file.h"
#include "cli/output/progress.h"
#include "common/rpc/validation.h"

namespace dangol::cli {

// Used by one thread. Remembers each id of the file, in about 100 bytes.
class ImportRun {
 public:
  // `import_name` is what the tickets are known by together.
  ImportRun(RowMapping mapping, RecordReader& reader, RejectFile& rejects, Client& client, std::string import_name,
            absl::Duration patience);

  // COLUMNS_MISSING names those that the mapping needs and the file does not have.
  absl::Status CheckColumns();
  // CANCELLED where it was interrupted.
  absl::Status Run(Progress& progress);

  int64_t rows() const { return rows_; }
  const ImportSender::Counts& counts() const { return sender_.counts(); }

 private:
  // Of an id.
  struct Seen {
    int64_t line;   // where it was first
    size_t digest;  // of the ticket
    int64_t count = 1;
  };

  absl::Status ReadAll(Progress& progress);
  absl::Status Take(Record record);
  absl::StatusOr<dangol::tickets::v1::CreateTicketRequest> Ticket(const Record& record);
  absl::Status TellApart(dangol::tickets::v1::CreateTicketRequest& request, int64_t line);
  void Show(Progress& progress);

  const RowMapping mapping_;
  RecordReader& reader_;
  RejectFile& rejects_;
  const rpc::RequestRules rules_;
  ImportSender sender_;
  std::map<std::string, size_t, std::less<>> columns_;
  absl::flat_hash_map<std::string, Seen> seen_;
  int64_t rows_ = 0;
};

}  // namespace dangol::cli
