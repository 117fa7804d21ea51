// What was deleted is not on the disk any more, however SQLite was compiled.
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <sqlite3.h>

#include "common/storage/database.h"
#include "tests/support/temporary_folder.h"

namespace dangol::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSecret[] = "what a customer said in confidence";

// Every connection of this process begins as with a library that was compiled without SQLITE_SECURE_DELETE.
class UnsafeLibrary {
 public:
  UnsafeLibrary() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(&KeepDeleted)); }
  ~UnsafeLibrary() { sqlite3_reset_auto_extension(); }

 private:
  static int KeepDeleted(sqlite3* handle, char**, const sqlite3_api_routines*) {
    return sqlite3_exec(handle, "PRAGMA secure_delete = OFF", nullptr, nullptr, nullptr);
  }
};

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SecureDelete, NothingOfADeletedRowIsLeftInTheFile) {
  const UnsafeLibrary library;
  const testing::TemporaryFolder folder;
  const std::string path = folder.File("test.db");
  auto database = OpenDatabase("sqlite:" + path);
  ASSERT_TRUE(database.ok()) << database.status();
  // Each start moves the whole log into the database.
  const auto run = [&](const std::string& script) {
    auto writer = (*database)->Recover();
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->RunScript(script).ok());
    writer->reset();
    ASSERT_TRUE((*database)->Recover().ok());
  };
  run("CREATE TABLE message (id INTEGER PRIMARY KEY, body TEXT) STRICT;"
      "INSERT INTO message (id, body) VALUES (1, 'kept'), (2, '" +
      std::string(kSecret) + "');");
  ASSERT_THAT(Content(path), HasSubstr(kSecret));
  run("DELETE FROM message WHERE id = 2;");
  EXPECT_THAT(Content(path), Not(HasSubstr(kSecret)));
  EXPECT_THAT(Content(path), HasSubstr("kept"));
}

}  // namespace
}  // namespace dangol::storage
