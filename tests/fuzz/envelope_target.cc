#include "common/base/text.h"
#include "services/gateway/envelope.h"
#include "tests/fuzz/fuzz_target.h"

namespace dangol::fuzz {

// The first byte says whether gzip is agreed on.
Target EnvelopeTarget() {
  return [](std::string_view input) {
    if (input.empty()) return;
    constexpr size_t kBytesMax = 64 << 10;
    const auto encoding = (input[0] & 1) != 0 ? gateway::Encoding::kGzip : gateway::Encoding::kIdentity;
    input.remove_prefix(1);
    const absl::StatusOr<std::string> message = gateway::OnlyMessage(input, encoding, kBytesMax);
    if (!message.ok()) return Require(!message.status().message().empty(), "a refusal says why");
    Require(message->size() <= kBytesMax, "a message is no larger than it may be");
    for (const bool gzip : {false, true}) {
      const std::string framed = gateway::MessageEnvelope(*message, gzip);
      Require(gateway::OnlyMessage(framed, gateway::Encoding::kGzip, kBytesMax).value_or("?") == *message,
              "what is framed is read back");
    }
  };
}

}  // namespace dangol::fuzz
