// Names of the backlog's resources and of those that it hears of, which have been validated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fmt/format.h"

namespace dangol::backlog {

inline std::string ChangeName(std::string_view change_id) { return fmt::format("changes/{}", change_id); }
inline std::string ShipmentName(std::string_view change_id, int64_t number) {
  return fmt::format("changes/{}/shipments/{}", change_id, number);
}
inline std::string DemandName(std::string_view change_id, std::string_view ticket_id) {
  return fmt::format("changes/{}/demands/{}", change_id, ticket_id);
}
inline std::string TicketName(std::string_view ticket_id) { return fmt::format("tickets/{}", ticket_id); }

// The id in a name of the form `COLLECTION/{id}`; empty where it has no such form.
inline std::string_view IdOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
}

}  // namespace dangol::backlog
