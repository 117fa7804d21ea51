#include "common/storage/postgres/postgres_error.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "fmt/format.h"

#include "common/base/error.h"
#include "common/base/log.h"

namespace dangol::storage {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(1);

absl::Status Unavailable(std::string_view reason, std::string_view message) {
  return WithRetry(Error(absl::StatusCode::kUnavailable, reason, message), kRetryDelay);
}

// Of `FATAL:  28P01: password …`, as libpq writes it when it is told to be verbose; empty where there is none.
std::string_view SqlState(std::string_view text) {
  constexpr size_t kBytes = 5;
  for (size_t at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
    const std::string_view state = text.substr(at + 3, kBytes);
    const bool whole = state.size() == kBytes && text.substr(at + 3 + kBytes).starts_with(":");
    if (whole &&
        std::ranges::all_of(state, [](unsigned char c) { return std::isdigit(c) != 0 || std::isupper(c) != 0; }))
      return state;
  }
  return "";
}

// What makes the database, as the same user at the same server.
std::string CreateCommand(const std::map<std::string, std::string>& parameters) {
  std::string command = "createdb";
  for (const auto& [keyword, flag] : {std::pair("host", " -h "), {"port", " -p "}, {"user", " -U "}, {"dbname", " "}}) {
    if (const auto found = parameters.find(keyword); found != parameters.end()) command += flag + found->second;
  }
  return command;
}

std::string FirstLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

PostgresError TranslateStatementError(std::string_view state, std::string_view text, std::string_view what) {
  // Errors of data repeat the data.
  const std::string_view shown = state.starts_with("22") ? "(its text may hold data)" : text;
  Log()->warn("postgresql error {} ({}) in: {}", state, FirstLine(shown), what);
  if (state == "53100")
    return {Unavailable("STORAGE_FULL", "The disk is full: nothing can be stored until there is room."), true};
  if (state.starts_with("53") || state.starts_with("58")) {
    return {Unavailable("STORAGE_IO_ERROR", "The database failed: nothing can be stored until it recovers."), true};
  }
  if (state == "25006") {
    return {Unavailable("STORAGE_READ_ONLY", "The database only reads at the moment. Try again later."), true};
  }
  if (state.starts_with("XX")) {
    return {Error(absl::StatusCode::kDataLoss, "STORAGE_CORRUPT",
                  "The database is damaged. Stop the service and restore a backup."),
            true};
  }
  // A text of pgbouncer's, which no setting translates.
  if (text.find("statement pooling mode") != std::string_view::npos) {
    return {Unavailable("STORAGE_ACCESS",
                        "A pooler in mode `statement` stands before the database, which allows no transactions. Set "
                        "pool_mode = transaction there, or session."),
            true};
  }
  // 57P: the server ends the connection; 25P03: we were silent for too long in a transaction. 08P01 is a mistake of
  // ours, see below.
  if (state.starts_with("57P") || state == "25P03" || (state.starts_with("08") && state != "08P01"))
    return {ConnectionLost(state), true};
  // A lock that did not come in time, a deadlock, a conflict, somebody's cancel.
  if (state == "55P03" || state == "57014" || state.starts_with("40")) {
    return {Unavailable("STORAGE_BUSY", "The database is busy. Try again."), false};
  }
  return {InternalError(fmt::format("postgresql error {} in: {}", state, what)), false};
}

absl::Status ReadTooLong() {
  return WithRetry(Error(absl::StatusCode::kResourceExhausted, "READ_TOO_LONG",
                         "The read took longer than a snapshot may be held. Ask for less at a time."),
                   kRetryDelay);
}

absl::Status ConnectionLost(std::string_view detail) {
  Log()->warn("connection to postgresql lost: {}", FirstLine(detail));
  return Unavailable("STORAGE_UNREACHABLE", "The connection to the database was lost. Try again.");
}

absl::Status ConnectError(const PostgresUrl::Host& host, std::string_view text) {
  Log()->warn("cannot connect to postgresql: {}", FirstLine(text));
  const std::string_view state = SqlState(text);
  const auto says = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  const auto error = [&](std::string_view reason, std::string_view problem) {
    return Unavailable(reason, host.shown.empty() ? std::string(problem) : fmt::format("{}: {}", host.shown, problem));
  };
  if (state == "3D000") {
    return error("STORAGE_ACCESS",
                 fmt::format("there is no such database. Make it with `{}`, or mend its name in the URL.",
                             CreateCommand(host.parameters)));
  }
  if (state == "28P01" || says("no password supplied")) {
    return error("STORAGE_ACCESS",
                 "the password is wrong or missing. Check user and password in the URL, or in ~/.pgpass.");
  }
  if (state.starts_with("28")) {
    return error(
        "STORAGE_ACCESS",
        "the server does not let this user in from here. Check the user in the URL, and the server's pg_hba.conf.");
  }
  if (state == "42501") return error("STORAGE_ACCESS", "this user may not connect to the database. Grant it CONNECT.");
  if (state.starts_with("53")) {
    return error("STORAGE_BUSY",
                 "the server has no connection left. Raise max_connections there, or put pgbouncer before it.");
  }
  if (state == "57P03")
    return error("STORAGE_UNREACHABLE", "the server is starting or stopping. Try again in a moment.");
  if (says("read-only") || says("hot standby")) {
    return error(
        "STORAGE_READ_ONLY",
        "the server only reads: a standby, or told to. Name the primary in the URL, or both, with a comma between.");
  }
  if (says("could not translate host name"))
    return error("STORAGE_UNREACHABLE", "no such host. Check its name in the URL.");
  if (says("SSL") || says("certificate")) {
    return error("STORAGE_ACCESS",
                 "TLS was not agreed on. Check sslmode, sslrootcert and the certificates, here and at the server.");
  }
  if (says("timeout"))
    return error("STORAGE_UNREACHABLE", "no answer in time. Check host and port in the URL, and what stands between.");
  if (says("refused") || says("No such file")) {
    return error("STORAGE_UNREACHABLE",
                 "nothing listens there. Check host and port in the URL, and that PostgreSQL runs.");
  }
  return error("STORAGE_UNREACHABLE",
               "the server cannot be reached. Check host and port in the URL, and the server's log.");
}

}  // namespace dangol::storage
