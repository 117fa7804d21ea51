// An event of a feed on one line.
#pragma once

#include <string>

#include "google/protobuf/message.h"

#include "dangol/api/v1/feed.pb.h"

namespace dangol::cli {

// Of an event of any feed.
const dangol::api::v1::EventEnvelope& EnvelopeOf(const google::protobuf::Message& event);

// The feed, its number, time, kind, resources and what matters of the rest; without a line feed.
std::string EventLine(const google::protobuf::Message& event, std::string_view feed);

}  // namespace dangol::cli
