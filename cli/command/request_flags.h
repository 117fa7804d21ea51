// Flags that fill a request: one for each of its fields, named as the field with `-` for `_`, checked as its proto
// says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "google/protobuf/message.h"

#include "cli/output/output.h"

namespace dangol::cli {

// Adds them to `app`; `request` must outlive it. The resource that the request is about (`name`, or `parent`) is its
// argument. What `request` has already has no flag. The fields of a resource to be made, and of a decision, stand
// beside the others; those of other messages have the name of theirs before them, such as --source-channel. Names of
// resources may be given without their collection: `t1` for `tickets/t1`. No flag has what a command sees to itself:
// pages, and the update mask, which names what has a flag, so that `--owner ""` clears the owner; and --request-id is
// made where it is not given (FillRequestId).
// Returns how the fields are called.
FlagNames AddRequestFlags(CLI::App& app, google::protobuf::Message& request);

// What is wrong with a text as the value of this field; empty: nothing. Names of enum values may be in any case; an
// entry of a map is KEY=VALUE, a part of a change JSON; times are UTC.
std::string ValueProblem(const google::protobuf::FieldDescriptor* field, const std::string& text);
// Sets the field of `message`, or adds to it, from a text that ValueProblem finds nothing wrong with.
void SetValue(google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field,
              const std::string& text);

// A new one, where the request has a field for it that is empty.
void FillRequestId(google::protobuf::Message& request);

// With its collections: `tickets/t1` for `t1` and the pattern `tickets/*`, `engines/e/kpis/k` for `e/k` and
// `engines/*/kpis/*`.
std::string FullName(const std::string& name, const std::string& pattern);

// `ticket_id` → `ticket-id`; `BEYOND_CAPABILITY` → `beyond-capability`.
std::string Kebab(std::string_view name);

// The value of this name, in any case, with `-` or `_`. Null where there is none.
const google::protobuf::EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor* type,
                                                           std::string_view name);
// All but the first, which means that nothing is said.
std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor* type);

}  // namespace dangol::cli
