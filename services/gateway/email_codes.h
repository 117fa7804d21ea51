// The codes that are sent by e-mail to sign in: each is of one address and one browser, works once, and not for long.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "common/base/runtime.h"
#include "common/identity/keys.h"

namespace dangol::gateway {

inline constexpr absl::Duration kEmailCodeLifetime = absl::Minutes(10);
inline constexpr int kEmailCodeTriesMost = 5;

// Address and code are kept by the browser, sealed; here it is known only how often one was tried, and whether it was
// used. Thread-safe.
class EmailCodes {
 public:
  struct Issued {
    std::string id;      // names it in a message; says nothing
    std::string code;    // such as `4T9K-2MQX`, 40 bits
    std::string sealed;  // what the browser keeps
  };
  struct Proved {
    std::string id;
    std::string address;
  };

  EmailCodes(std::shared_ptr<identity::Keys> keys, Runtime& runtime) : keys_(std::move(keys)), runtime_(runtime) {}

  // FAILED_PRECONDITION, reason KEYS_MISSING.
  absl::StatusOr<Issued> Issue(std::string_view address);

  // Whose code it is; that it was tried is counted. UNAUTHENTICATED: reason CODE_WRONG, or CODE_ENDED where another one
  // has to be asked for: it was used, is too old, was tried too often, or is of another browser. RESOURCE_EXHAUSTED,
  // reason RATE_LIMITED, where too many are being tried.
  absl::StatusOr<Proved> Try(std::string_view sealed, std::string_view code);
  // Uses it up: OK once. CODE_ENDED.
  absl::Status Take(const std::string& id);

 private:
  struct Tried {
    int tries = 0;
    bool used = false;
    absl::Time end;  // by the steady clock
  };

  absl::Status CountTry(const std::string& id);

  const std::shared_ptr<identity::Keys> keys_;
  Runtime& runtime_;
  std::mutex mutex_;
  std::map<std::string, Tried, std::less<>> tried_;  // by id
};

// As one reads it off and types it: capitals, without hyphens and spaces, `O` as `0`, `I` and `L` as `1`.
std::string TypedCode(std::string_view text);

}  // namespace dangol::gateway
