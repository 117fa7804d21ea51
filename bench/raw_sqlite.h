// The baseline of an import: the same rows, events included, written by SQLite's C API and nothing else: same tables,
// pragmas, rows a transaction and checkpoints.
#pragma once

#include <cstdint>
#include <string>

#include "dangol/tickets/v1/ticket_service.pb.h"

namespace dangol::bench {

class RawSqlite {
 public:
  // Makes the tables of the tickets service in a new database.
  explicit RawSqlite(const std::string& path);
  ~RawSqlite();

  // One transaction.
  void Insert(const tickets::v1::BatchCreateTicketsRequest& batch);

 private:
  struct State;
  State* const state_;
};

}  // namespace dangol::bench
