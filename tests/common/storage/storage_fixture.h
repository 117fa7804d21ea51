// An open database of any driver, its writer and readers, on a clock that a test moves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "common/storage/database.h"
#include "tests/common/base/movable_runtime.h"
#include "tests/common/rpc/refusal.h"
#include "tests/common/storage/drivers.h"

namespace dangol::storage {

class StorageTest : public ::testing::TestWithParam<testing::Driver> {
 protected:
  void SetUp() override { Open(); }

  // Opens the database and a writer, or closes them and opens them again.
  void Open() {
    writer_ = nullptr;
    database_ = nullptr;
    auto database = OpenDatabase(GetParam().url(folder_), {&runtime_});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    writer_ = NewWriter();
  }
  std::unique_ptr<WriteConnection> NewWriter() {
    auto writer = database_->OpenWriter();
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }
  std::unique_ptr<ReadConnection> NewReader() {
    auto reader = database_->OpenReader();
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  // A transaction of its own.
  absl::Status Write(const std::function<absl::Status(Transaction&)>& body) {
    auto transaction = writer_->Begin();
    if (!transaction.ok()) return transaction.status();
    if (absl::Status status = body(**transaction); !status.ok()) {
      writer_->Rollback();
      return status;
    }
    return writer_->Commit();
  }
  absl::Status Execute(Sql sql, Params params = {}) {
    return Write([&](Transaction& transaction) { return transaction.Execute(sql, params); });
  }
  // The single integer of a query, in a snapshot of its own.
  int64_t ReadInteger(Sql sql, Params params = {}) {
    auto reader = NewReader();
    auto snapshot = reader->Begin(absl::InfiniteDuration());
    const absl::StatusOr<int64_t> value = (*snapshot)->QueryInteger(sql, params);
    EXPECT_TRUE(value.ok()) << value.status();
    reader->End();
    return value.value_or(-1);
  }

  testing::MovableRuntime runtime_;
  testing::TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<WriteConnection> writer_;
};

}  // namespace dangol::storage
