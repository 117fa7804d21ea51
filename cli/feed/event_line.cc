#include "cli/feed/event_line.h"

#include <set>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/timestamp.pb.h"

#include "cli/output/details.h"
#include "cli/output/text_width.h"
#include "cli/output/times.h"
#include "common/base/error.h"

namespace dangol::cli {
namespace {

using dangol::api::v1::EventEnvelope;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kResourcesMax = 3;
constexpr size_t kValueWidthMax = 80;

// The message of what happened; null for a kind that this program does not know.
const FieldDescriptor* KindOf(const Message& event) {
  return event.GetReflection()->GetOneofFieldDescriptor(event, event.GetDescriptor()->FindOneofByName("kind"));
}

std::string Resources(const EventEnvelope& envelope) {
  std::string text;
  for (int i = 0; i < std::min(envelope.resources_size(), kResourcesMax); ++i)
    text += fmt::format("  {}@{}", envelope.resources(i).name(), envelope.resources(i).version());
  if (envelope.resources_size() > kResourcesMax)
    text += fmt::format("  +{}", envelope.resources_size() - kResourcesMax);
  return text;
}

// Words as they are, others in quotes.
std::string Value(const std::string& value) {
  const std::string line = OneLine(value, kValueWidthMax);
  return line.find_first_of(" \"=") == std::string::npos ? line : fmt::format("\"{}\"", line);
}

// Without what the resources say already, and without times, which are about that of the event.
std::string Fields(const Message& kind, const std::set<std::string>& resources) {
  std::vector<const FieldDescriptor*> fields;
  kind.GetReflection()->ListFields(kind, &fields);
  std::string text;
  for (const FieldDescriptor* field : fields) {
    if (field->name() == "version") continue;
    if (field->is_repeated()) {
      text += fmt::format("  {}={}", field->name(), kind.GetReflection()->FieldSize(kind, field));
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      const std::string value = ShownField(kind, field, -1);
      if (!resources.contains(value)) text += fmt::format("  {}={}", field->name(), Value(value));
    }
  }
  return text;
}

}  // namespace

const EventEnvelope& EnvelopeOf(const Message& event) {
  const FieldDescriptor* field = event.GetDescriptor()->FindFieldByName("envelope");
  return static_cast<const EventEnvelope&>(event.GetReflection()->GetMessage(event, field));
}

std::string EventLine(const Message& event, std::string_view feed) {
  const EventEnvelope& envelope = EnvelopeOf(event);
  const FieldDescriptor* kind = KindOf(event);
  std::set<std::string> resources;
  for (const auto& resource : envelope.resources()) resources.insert(resource.name());
  const FieldDescriptor* facts = event.GetDescriptor()->FindFieldByName("facts");
  return fmt::format("{} {:>6}  {}  {:<19}{}{}{}", feed, envelope.sequence(), TimeWithZone(envelope.time()),
                     kind == nullptr ? "?" : kind->name(), Resources(envelope),
                     kind == nullptr ? "" : Fields(event.GetReflection()->GetMessage(event, kind), resources),
                     facts == nullptr ? "" : Fields(event.GetReflection()->GetMessage(event, facts), resources));
}

}  // namespace dangol::cli
