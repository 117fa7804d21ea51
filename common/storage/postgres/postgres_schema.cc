#include "common/storage/postgres/postgres_schema.h"

#include <algorithm>
#include <cctype>

namespace dangol::storage {
namespace {

// Goes through a script word by word.
class Translation {
 public:
  explicit Translation(std::string_view script) : rest_(script) {}

  std::string Run() {
    while (!rest_.empty()) {
      if (rest_.starts_with("--")) {
        Copy(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_[0] == '\'' || rest_[0] == '"') {
        const size_t end = rest_.find(rest_[0], 1);
        Copy(end == std::string_view::npos ? rest_.size() : end + 1);
      } else if (IsWord(rest_[0])) {
        TakeWord();
      } else {
        TakeSign();
      }
    }
    return std::move(translated_);
  }

 private:
  static bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  void Copy(size_t bytes) {
    translated_ += rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
  }

  void TakeWord() {
    size_t size = 0;
    while (size < rest_.size() && IsWord(rest_[size])) ++size;
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    ++words_;
    if (words_ == 1) changes_table_ = word == "CREATE" || word == "ALTER";
    // `CREATE TABLE`, `ALTER TABLE`: not `CREATE INDEX`.
    if (words_ == 2) changes_table_ = changes_table_ && word == "TABLE";
    if (changes_table_ && columns_end_ && (word == "STRICT" || word == "WITHOUT" || word == "ROWID")) return;
    translated_ += changes_table_ ? Translated(word) : word;
  }

  void TakeSign() {
    const char sign = rest_[0];
    rest_.remove_prefix(1);
    if (sign == '(') ++depth_;
    if (sign == ')') columns_end_ = --depth_ == 0;
    if (sign == ';') {
      // Only blanks are left where the options stood.
      if (changes_table_ && columns_end_) translated_.erase(translated_.find_last_not_of(" \n") + 1);
      words_ = depth_ = 0;
      changes_table_ = columns_end_ = false;
    }
    if (sign == ',' && changes_table_ && columns_end_ && depth_ == 0) return;  // between two options
    translated_ += sign;
  }

  static std::string_view Translated(std::string_view word) {
    if (word == "INTEGER") return "BIGINT";
    if (word == "BLOB") return "BYTEA";
    if (word == "REAL") return "DOUBLE PRECISION";
    if (word == "TEXT") return "TEXT COLLATE \"C\"";
    return word;
  }

  std::string_view rest_;
  std::string translated_;
  // Of the statement so far.
  int words_ = 0;
  int depth_ = 0;  // of parentheses
  bool changes_table_ = false;
  bool columns_end_ = false;
};

}  // namespace

std::string PostgresScript(std::string_view sqlite_script) { return Translation(sqlite_script).Run(); }

}  // namespace dangol::storage
