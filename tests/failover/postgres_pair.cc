#include "tests/failover/postgres_pair.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "tests/support/child_process.h"
#include "tests/support/postgres_server.h"
#include "tests/support/service_process.h"

namespace dangol::testing {
namespace {

void RunScript(const std::vector<std::string>& arguments) {
  const Ended ended = RunToEnd(DANGOL_TEST_POSTGRES_PAIR_SCRIPT, arguments);
  if (ended.code == 0) return;
  fmt::print(stderr, "{} {}: {}\n", DANGOL_TEST_POSTGRES_PAIR_SCRIPT, arguments[0], ended.errors);
  std::abort();
}

// The server has no way to tell: it is asked until `sql` counts one.
void WaitForOne(const PostgresSession& session, const std::string& sql) {
  const absl::Time end = absl::Now() + kPatience;
  while (absl::Now() < end) {
    std::string count;
    session.ForEachRow(sql, [&](const std::vector<std::string>& row) { count = row[0]; });
    if (count == "1") return;
    absl::SleepFor(absl::Milliseconds(10));
  }
  fmt::print(stderr, "never became true: {}\n", sql);
  std::abort();
}

constexpr char kStreams[] = "SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming'";
constexpr char kWaitedFor[] = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";

}  // namespace

PostgresPair::PostgresPair() {
  RunScript({"start", folder_.path()});
  std::ifstream(folder_.File("pair")) >> server_folder_ >> port_a_ >> port_b_ >> password_;
  const PostgresSession session(fmt::format("postgresql://dangol@/postgres?host={}&port={}", server_folder_, port_a_));
  session.Execute("CREATE DATABASE tickets");
  WaitForOne(session, kStreams);
}

PostgresPair::~PostgresPair() { RunScript({"stop", folder_.path()}); }

std::string PostgresPair::Url() const {
  return fmt::format("postgresql://dangol:{}@127.0.0.1:{},127.0.0.1:{}/tickets", password_, port_a_, port_b_);
}

std::string PostgresPair::UrlOf(Server server) const {
  return fmt::format("postgresql://dangol:{}@127.0.0.1:{}/tickets", password_, PortOf(server));
}

std::string PostgresPair::SocketUrl(Server server) const {
  return fmt::format("postgresql://dangol@/tickets?host={}&port={}", server_folder_, PortOf(server));
}

void PostgresPair::Run(const std::string& command, Server server) const {
  RunScript({command, folder_.path(), NameOf(server)});
}

void PostgresPair::Join(Server server) const {
  Run("join", server);
  WaitForOne(PostgresSession(SocketUrl(Other(server))), kStreams);
}

void PostgresPair::SetSynchronous(Server primary, bool on) const {
  const PostgresSession session(SocketUrl(primary));
  session.Execute(fmt::format("ALTER SYSTEM SET synchronous_standby_names = '{}'", on ? "*" : ""));
  session.Execute("SELECT pg_reload_conf()");
  if (!on) return;
  WaitForOne(session, kWaitedFor);
  // Commits wait from when the checkpointer has read the settings, which it does before it begins another checkpoint.
  session.Execute("CHECKPOINT");
}

void PostgresPair::CutOff(Server standby) const {
  const PostgresSession session(SocketUrl(standby));
  session.Execute("ALTER SYSTEM SET primary_conninfo = ''");
  session.Execute("SELECT pg_reload_conf()");
  WaitForOne(session, "SELECT 1 - COUNT(*) FROM pg_stat_wal_receiver");
}

void PostgresPair::Reconnect(Server standby) const {
  const PostgresSession session(SocketUrl(standby));
  session.Execute(fmt::format("ALTER SYSTEM SET primary_conninfo = 'host={} port={} user=dangol'", server_folder_,
                              PortOf(Other(standby))));
  session.Execute("SELECT pg_reload_conf()");
  WaitForOne(session, "SELECT COUNT(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'");
}

}  // namespace dangol::testing
