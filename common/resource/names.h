// Names of resources by the patterns of their protos (AIP-122), such as `tickets/*/messages/*`, where each `*` is an
// id.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dangol::resource {

// One form of names. Made at compile time; thread-safe.
class Pattern {
 public:
  constexpr explicit Pattern(std::string_view text) : text_(text) {}

  constexpr std::string_view text() const { return text_; }

  // `Pattern("changes/*/shipments/*").Name("a", 3)` is `changes/a/shipments/3`. As many ids as the pattern has.
  template <typename... Ids>
  std::string Name(const Ids&... ids) const {
    std::string name;
    size_t index = 0;
    (Append(name, index++, ids), ...);
    return name;
  }

  // Adds what stands before the id of this index, and the id. Ids are added in their order.
  void Append(std::string& name, size_t index, std::string_view id) const {
    const std::string_view before = Before(index);
    name.reserve(name.size() + before.size() + id.size());
    name.append(before).append(id);
  }
  void Append(std::string& name, size_t index, std::integral auto number) const {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    Append(name, index, std::string_view(digits.data(), static_cast<size_t>(end.ptr - digits.data())));
  }

  // The id of this index; also in a longer name that begins so. Empty where the name has another form.
  constexpr std::string_view Id(std::string_view name, size_t index = 0) const {
    for (size_t i = 0;; ++i) {
      const std::string_view before = Before(i);
      if (!name.starts_with(before)) return {};
      name.remove_prefix(before.size());
      const std::string_view id = name.substr(0, name.find('/'));
      if (i == index) return id;
      name.remove_prefix(id.size());
    }
  }

 private:
  // What stands between the id before and the id of this index.
  constexpr std::string_view Before(size_t index) const {
    std::string_view rest = text_;
    for (; index > 0; --index) rest.remove_prefix(rest.find('*') + 1);
    return rest.substr(0, rest.find('*'));
  }

  std::string_view text_;
};

}  // namespace dangol::resource
