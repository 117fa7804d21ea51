// `postgresql://…` as libpq reads it, taken apart so that every host gets a time of its own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace dangol::storage {

class PostgresUrl {
 public:
  // INVALID_ARGUMENT (DATABASE_URL) where it is none; the message does not repeat it, since a password may stand in it.
  static absl::StatusOr<PostgresUrl> Parse(std::string_view url);

  struct Host {
    std::string shown;                              // `host:port`, for messages
    std::map<std::string, std::string> parameters;  // of libpq, for this host alone
  };
  const std::vector<Host>& hosts() const { return hosts_; }

  // How long one host may take until it has answered: `connect_timeout`, or 5 s.
  absl::Duration connect_time_max() const { return connect_time_max_; }

  // `postgresql://user@host:port,host:port/database`: no password, no options.
  const std::string& shown() const { return shown_; }

 private:
  std::vector<Host> hosts_;
  absl::Duration connect_time_max_ = absl::Seconds(5);
  std::string shown_;
};

}  // namespace dangol::storage
