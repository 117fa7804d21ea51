// What the tests of the programs share: a suite that runs, and commands that talk to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include <gtest/gtest.h>

#include "tests/support/child_process.h"
#include "tests/support/local_service.h"

namespace dangol::testing {

inline constexpr char kDangol[] = DANGOL_BINARY;
inline constexpr char kTickets[] = DANGOL_TICKETS_BINARY;
inline constexpr char kCreateTicket[] = "dangol.tickets.v1.TicketService/CreateTicket";
inline constexpr char kGetTicket[] = "dangol.tickets.v1.TicketService/GetTicket";
inline constexpr char kStreamEvents[] = "dangol.tickets.v1.TicketFeed/StreamEvents";
// More than anything takes, with sanitizers too.
inline constexpr absl::Duration kPatience = absl::Seconds(60);
// What is promised.
inline constexpr absl::Duration kStopTimeMax = absl::Seconds(5);
#ifdef __SANITIZE_THREAD__
// This sanitizer holds a signal back for as long as the thread waits inside gRPC.
inline constexpr absl::Duration kAtOnce = kPatience;
#else
inline constexpr absl::Duration kAtOnce = absl::Seconds(2);
#endif

template <typename Message>
Message Parsed(const std::string& json) {
  Message message;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  EXPECT_TRUE(status.ok()) << status.ToString() << "\n" << json;
  return message;
}

Ended Dangol(std::vector<std::string> arguments, ChildOptions options = {});

// `dangol up` in a folder of its own.
class RunningSuite {
 public:
  // On free ports, unless given.
  explicit RunningSuite(const std::string& folder, int port_base = FreePorts());

  ChildProcess& process() { return *process_; }
  int port_base() const { return port_base_; }
  std::string address() const;

  // A command that talks to this suite.
  Ended Run(std::vector<std::string> arguments, const std::string& input = "") const;

  void StopInTime();

 private:
  const int port_base_;
  std::unique_ptr<ChildProcess> process_;
};

void ExpectDone(const Ended& ended);
// Until the command's output has the text.
void WaitFor(const RunningSuite& suite, const std::vector<std::string>& command, const std::string& text);
// t1 to t4 answered by the change `done`, t5 to t9 accepted into `next`, t10 as it came.
void FillSuite(const RunningSuite& suite);

// Changes a database behind its service's back.
void Execute(const std::string& database, const std::string& sql);

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

}  // namespace dangol::testing
