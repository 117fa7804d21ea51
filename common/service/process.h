// The process around services: from the command line to the last answer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/service/service.h"
#include "common/service/settings.h"

namespace dangol::service {

// What else takes calls in such a process and hands them to the services.
class Door {
 public:
  virtual ~Door() = default;
  // What it serves and where, for the log.
  virtual std::string Description() const = 0;
  // Takes no more calls, and gives those under way this time to end.
  virtual void Stop(absl::Duration grace) = 0;
};
// An error is one line for an operator.
using OpenDoor = std::function<absl::StatusOr<std::unique_ptr<Door>>()>;

// Runs the services, each with its own database and port, until SIGTERM or SIGINT; then says NOT_SERVING in its health,
// takes no new calls (where other replicas share the database, half a second later, so that clients find those first),
// ends the streams, gives calls under way 10 s, and returns. A second signal ends the process at once with 130, and one
// that comes before everything has started ends it at once by that signal. A service whose storage fails at run time
// goes on with reads. Call it on the main thread, before any other thread is there. The door is opened after the
// services and stopped before them.
//
// Returns what to exit with: 0 after a signal, 1 where something could not start, which one line on standard error has
// said.
int RunServices(const std::vector<const Definition*>& definitions, const Settings& settings,
                const OpenDoor& open_door = nullptr);

// The main function of a server with one service.
int ServiceMain(const Definition& definition, int argc, const char* const* argv);

}  // namespace dangol::service
