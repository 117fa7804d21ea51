#include "common/rpc/transport.h"

namespace dangol::rpc {

std::string_view FindMetadata(const Metadata& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  return {};
}

}  // namespace dangol::rpc
