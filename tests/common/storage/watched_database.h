// A Database that counts what is done with it, and fails where a test says so.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/base/error.h"
#include "common/storage/database.h"

namespace dangol::testing {

class WatchedDatabase : public storage::Database {
 public:
  explicit WatchedDatabase(std::unique_ptr<storage::Database> database) : database_(std::move(database)) {}

  int snapshots = 0;          // taken by readers so far
  int open_snapshots = 0;     // held by readers now
  bool fail_commits = false;  // a commit is lost, and breaks its connection
  std::function<absl::Status()> on_recover = [] { return absl::OkStatus(); };

  absl::StatusOr<std::unique_ptr<storage::WriteConnection>> OpenWriter() override {
    return Watch(database_->OpenWriter());
  }
  absl::StatusOr<std::unique_ptr<storage::WriteConnection>> Recover() override {
    if (absl::Status status = on_recover(); !status.ok()) return status;
    return Watch(database_->Recover());
  }
  absl::StatusOr<std::unique_ptr<storage::ReadConnection>> OpenReader() override {
    auto reader = database_->OpenReader();
    if (!reader.ok()) return reader.status();
    return std::make_unique<Reader>(*this, *std::move(reader));
  }
  absl::StatusOr<storage::PageReport> CheckPages() override { return database_->CheckPages(); }
  int64_t SizeBytes() const override { return database_->SizeBytes(); }

 private:
  class Writer : public storage::WriteConnection {
   public:
    Writer(WatchedDatabase& owner, std::unique_ptr<storage::WriteConnection> writer)
        : owner_(owner), writer_(std::move(writer)) {}
    absl::StatusOr<storage::Transaction*> Begin() override { return writer_->Begin(); }
    absl::Status Savepoint() override { return writer_->Savepoint(); }
    absl::Status ReleaseSavepoint() override { return writer_->ReleaseSavepoint(); }
    absl::Status RollbackToSavepoint() override { return writer_->RollbackToSavepoint(); }
    absl::Status Commit() override {
      if (!owner_.fail_commits) return writer_->Commit();
      broken_ = true;
      writer_->Rollback();
      return Error(absl::StatusCode::kUnavailable, "STORAGE_IO_ERROR", "The disk failed.");
    }
    void Rollback() override { writer_->Rollback(); }
    int64_t changes() const override { return writer_->changes(); }
    bool InTransaction() const override { return writer_->InTransaction(); }
    bool TransactionFailed() const override { return writer_->TransactionFailed(); }
    bool broken() const override { return broken_ || writer_->broken(); }
    absl::Status Checkpoint(bool idle) override { return writer_->Checkpoint(idle); }
    int64_t wal_bytes() const override { return writer_->wal_bytes(); }
    void EmptyLog() override { writer_->EmptyLog(); }
    absl::StatusOr<bool> HasTable(std::string_view name) override { return writer_->HasTable(name); }
    absl::Status RunScript(std::string_view script) override { return writer_->RunScript(script); }

   private:
    WatchedDatabase& owner_;
    const std::unique_ptr<storage::WriteConnection> writer_;
    bool broken_ = false;
  };

  class Reader : public storage::ReadConnection {
   public:
    Reader(WatchedDatabase& owner, std::unique_ptr<storage::ReadConnection> reader)
        : owner_(owner), reader_(std::move(reader)) {}
    absl::StatusOr<storage::Snapshot*> Begin(absl::Duration limit) override {
      ++owner_.snapshots;
      ++owner_.open_snapshots;
      return reader_->Begin(limit);
    }
    void End() override {
      --owner_.open_snapshots;
      reader_->End();
    }
    bool broken() const override { return reader_->broken(); }

   private:
    WatchedDatabase& owner_;
    const std::unique_ptr<storage::ReadConnection> reader_;
  };

  absl::StatusOr<std::unique_ptr<storage::WriteConnection>> Watch(
      absl::StatusOr<std::unique_ptr<storage::WriteConnection>> writer) {
    if (!writer.ok()) return writer.status();
    return std::make_unique<Writer>(*this, *std::move(writer));
  }

  const std::unique_ptr<storage::Database> database_;
};

}  // namespace dangol::testing
