// What checks examined and found.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "dangol/api/v1/admin_service.pb.h"

namespace dangol::cli {

class Findings {
 public:
  // All checks that run, in the order of the answer.
  explicit Findings(const std::vector<std::string_view>& checks);

  void Examined(std::string_view check, int64_t count = 1);
  void Violation(std::string_view check, std::string_view resource, std::string_view description);

  bool any() const { return count_ > 0; }
  // Without what `before` did not find as well.
  void KeepThoseOf(const Findings& before);
  dangol::api::v1::CheckIntegrityResponse Response() const;

 private:
  using One = std::tuple<std::string, std::string, std::string>;

  std::vector<std::pair<std::string, int64_t>> checks_;
  std::vector<One> violations_;  // some thousand at most
  int64_t count_ = 0;
};

}  // namespace dangol::cli
