#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/command.h"
#include "cli/command/interrupt.h"
#include "cli/command/verb.h"
#include "cli/feed/event_line.h"
#include "cli/output/output.h"
#include "common/base/error.h"
#include "common/base/json.h"
#include "common/base/runtime.h"
#include "dangol/api/v1/feed.pb.h"
#include "dangol/backlog/v1/change_feed.pb.h"
#include "dangol/metrics/v1/metrics_feed.pb.h"
#include "dangol/tickets/v1/ticket_feed.pb.h"

namespace dangol::cli {
namespace {

using google::protobuf::Message;

constexpr char kCommand[] = "feed tail";

struct Feed {
  std::string service;
  std::string method;
  const Message* response;
};

const std::vector<Feed>& Feeds() {
  static const auto& feeds = *new std::vector<Feed>{{"tickets", "/dangol.tickets.v1.TicketFeed/StreamEvents",
                                                     &dangol::tickets::v1::StreamEventsResponse::default_instance()},
                                                    {"backlog", "/dangol.backlog.v1.ChangeFeed/StreamEvents",
                                                     &dangol::backlog::v1::StreamEventsResponse::default_instance()},
                                                    {"metrics", "/dangol.metrics.v1.MetricsFeed/StreamEvents",
                                                     &dangol::metrics::v1::StreamEventsResponse::default_instance()}};
  return feeds;
}

struct Flags {
  SuiteFlags suite;
  Format format = Format::kTable;
  std::string feed;  // empty: all
  std::string after;
  int64_t events_max = 0;  // 0: all
};

// Where the events of all feeds come together. Thread-safe.
class Output {
 public:
  explicit Output(const Flags& flags) : flags_(flags) {}

  // False where no more are wanted.
  bool Write(const Feed& feed, const Message& event) {
    const std::lock_guard lock(mutex_);
    if (Ended()) return false;
    std::string line;
    if (flags_.format == Format::kJson) {
      line = ToJson(event, JsonStyle::kCompact);
    } else {
      line = EventLine(event, feed.service);
    }
    if (!Print(line + "\n")) failed_ = true;
    ended_ = failed_ || ++events_ == flags_.events_max;
    return !ended_;
  }

  bool Ended() const { return ended_ || Interrupted(); }
  bool failed() const { return failed_; }

 private:
  const Flags& flags_;
  std::mutex mutex_;
  int64_t events_ = 0;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> failed_ = false;
};

bool ComesBack(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status);
}

// One feed, over as many connections as it takes.
class Follower {
 public:
  Follower(const Feed& feed, const Flags& flags, Output& output)
      : feed_(feed), output_(output), cursor_(flags.after), client_(TargetAddress(flags.suite, feed.service)) {}

  // Until the output wants no more, or an error that does not pass.
  absl::Status Run() {
    int attempt = 0;
    while (true) {
      const bool connected_before = connected_;
      connected_ = false;
      const absl::Status status = Stream();
      if (output_.Ended()) return absl::OkStatus();
      // A server that was never there is better said at once.
      ever_connected_ = ever_connected_ || connected_;
      if (!ComesBack(status) || !ever_connected_) return status;
      if (connected_ || connected_before) {
        PrintError(
            fmt::format("dangol {}: {}: {} Trying again.\n", kCommand, feed_.service, std::string(status.message())));
      }
      attempt = connected_ ? 0 : attempt + 1;
      SleepUnlessInterrupted(Backoff(RealRuntime(), attempt, absl::Milliseconds(100), absl::Seconds(2)));
    }
  }

  const Feed& feed() const { return feed_; }
  const std::string& cursor() const { return cursor_; }

 private:
  absl::Status Stream() {
    dangol::api::v1::StreamEventsRequest request;
    request.set_after_cursor(cursor_);
    const std::unique_ptr<Message> response(feed_.response->New());
    bool readable = true;
    const absl::Status end = client_.Stream(
        feed_.method, request, absl::InfiniteDuration(), {},
        [&](const std::string& bytes) {
          connected_ = true;
          readable = response->ParseFromString(bytes);
          return readable && Take(*response);
        },
        [this] { return output_.Ended(); });
    return readable ? end : absl::InternalError("The feed cannot be read: it is not of this version of Dangol.");
  }

  bool Take(const Message& response) {
    const auto* reflection = response.GetReflection();
    const auto* events = response.GetDescriptor()->FindFieldByName("events");
    for (int i = 0; i < reflection->FieldSize(response, events); ++i) {
      const Message& event = reflection->GetRepeatedMessage(response, events, i);
      const bool more = output_.Write(feed_, event);
      cursor_ = EnvelopeOf(event).cursor();
      if (!more) return false;
    }
    cursor_ = reflection->GetString(response, response.GetDescriptor()->FindFieldByName("cursor"));
    return true;
  }

  const Feed& feed_;
  Output& output_;
  std::string cursor_;
  Client client_;
  bool connected_ = false;
  bool ever_connected_ = false;
};

int Run(const Flags& flags) {
  NoteInterrupts();
  Output output(flags);
  std::vector<std::unique_ptr<Follower>> followers;
  for (const Feed& feed : Feeds()) {
    if (flags.feed.empty() || flags.feed == feed.service)
      followers.push_back(std::make_unique<Follower>(feed, flags, output));
  }
  const auto threads = RealRuntime().NewExecutor("feed-tail", static_cast<int>(followers.size()));
  std::vector<std::future<absl::Status>> ends;
  for (const auto& follower : followers) {
    std::promise<absl::Status> promise;
    ends.push_back(promise.get_future());
    threads->Post([&one = *follower, promise = std::move(promise)]() mutable {
      const absl::Status status = one.Run();
      if (!status.ok()) Fail(fmt::format("{} {}", kCommand, one.feed().service), status);
      promise.set_value(status);
    });
  }
  bool good = true;
  for (auto& end : ends) good = end.get().ok() && good;
  for (const auto& follower : followers) {
    if (Interrupted() && !follower->cursor().empty()) {
      PrintError(fmt::format("dangol {0}: to go on: dangol {0} {1} --after {2}\n", kCommand, follower->feed().service,
                             follower->cursor()));
    }
  }
  if (Interrupted()) return kInterruptedCode;
  return good && !output.failed() ? 0 : 1;
}

Command TailVerb(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("tail", "Show what happened, from the beginning, then what happens, until Ctrl-C");
  const auto flags = std::make_shared<Flags>();
  app->add_option("FEED", flags->feed, "tickets, backlog or metrics; all unless given")
      ->type_name("")
      ->check(CLI::IsMember({"tickets", "backlog", "metrics"}).description(""));
  app->add_option("--after", flags->after, "Only what is behind this cursor")->type_name("CURSOR");
  app->add_option("--max", flags->events_max, "Ends after N events")
      ->type_name("N")
      ->check(CLI::PositiveNumber.description(""));
  AddSuiteFlags(*app, flags->suite);
  AddFormatFlag(*app, flags->format);
  AddUtcFlag(*app);
  app->final_callback([flags] {
    const bool one = !flags->feed.empty();
    if (!one && !flags->after.empty()) throw CLI::ValidationError("--after needs a FEED, whose cursor it is");
    if (!one && !flags->suite.address.empty()) throw CLI::ValidationError("--address needs a FEED, which is there");
  });
  app->footer(
      "A line has the number of the event, its time, its kind, the resources that it touches with their "
      "versions,\n"
      "and what matters beside. A connection that is cut is made again, and nothing is missed.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace

Command FeedCommand(CLI::App& root) {
  CLI::App* app = root.add_subcommand("feed", "Show what happens in the services");
  return VerbsCommand(app, {TailVerb(*app)});
}

}  // namespace dangol::cli
