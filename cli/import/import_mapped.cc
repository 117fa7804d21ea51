#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_split.h"
#include "fmt/format.h"

#include "cli/command/request_flags.h"
#include "cli/import/import_format.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "dangol/api/v1/options.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::CreateTicketRequest;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr size_t kIdBytesMax = 63;
// Of a hash within an id: enough for millions of rows.
constexpr size_t kIdHashDigits = 12;
constexpr size_t kContentHashDigits = 26;
constexpr size_t kSourceBytesMax = 32;

constexpr char kExample[] =
    "  dangol import csv reviews.csv.gz --source naver \\\n"
    "      --map ticket_id=review_id,body=text,receive_time=date,attributes.rating=rating \\\n"
    "      --set language=ko --set kind=complaint --time-zone Asia/Seoul\n"
    "  dangol import jsonl tickets.jsonl --source desk --map ticket_id=id,body=comment.text,receive_time=created_at\n";

// The way to a field from a CreateTicketRequest.
using Path = std::vector<const FieldDescriptor*>;

dangol::api::v1::FieldRules RulesOf(const FieldDescriptor* field) {
  return field->options().GetExtension(dangol::api::v1::field);
}

void AddTargets(const Descriptor* type, const Path& path, const std::string& prefix, std::map<std::string, Path>& all) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    Path whole = path;
    whole.push_back(field);
    if (RulesOf(field).output_only() || field->name() == "request_id") continue;
    if (field->is_map()) {
      all.emplace(prefix + field->name() + ".", std::move(whole));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
               field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM || field->message_type() == Timestamp::descriptor()) {
      all.emplace(prefix + field->name(), std::move(whole));
    } else if (field->message_type() != nullptr && !field->is_repeated()) {
      // What the request consists of is not told apart by whoever maps columns, but for who sends the ticket.
      const bool inlined = path.empty() && field->message_type() != dangol::tickets::v1::Sender::descriptor();
      AddTargets(field->message_type(), whole, inlined ? "" : prefix + field->name() + ".", all);
    }
  }
}

// What a column or a constant may fill, by name; `attributes.` stands for all that begin so.
const std::map<std::string, Path>& Targets() {
  static const auto& targets = *[] {
    auto* all = new std::map<std::string, Path>;
    AddTargets(CreateTicketRequest::descriptor(), {}, "", *all);
    return all;
  }();
  return targets;
}

// `FIELD=COLUMN` or `FIELD=VALUE`.
struct Pair {
  std::string target;
  std::string text;
  Path path;
  std::string key;  // of a map's entry

  const FieldDescriptor* field() const { return path.back(); }
};

// Nothing where it is none; `target` then says what stands before the `=`.
std::optional<Pair> ParsePair(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) return std::nullopt;
  Pair pair{text.substr(0, equals), text.substr(equals + 1), {}, ""};
  const size_t dot = pair.target.find('.');
  const auto map = dot == std::string::npos ? Targets().end() : Targets().find(pair.target.substr(0, dot + 1));
  const auto found = map == Targets().end() ? Targets().find(pair.target) : map;
  if (found == Targets().end()) return std::nullopt;
  pair.path = found->second;
  if (pair.field()->is_map()) pair.key = pair.target.substr(dot + 1);
  if (pair.field()->is_map() && pair.key.empty()) return std::nullopt;
  return pair;
}

// At commas that a field follows: names of columns may have commas, too.
std::vector<std::string> SplitPairs(const std::string& text) {
  constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz_.";
  std::vector<std::string> pairs;
  for (const std::string& piece : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const size_t name_end = piece.find_first_not_of(kNameCharacters);
    const bool is_pair = ParsePair(piece) || (name_end != std::string::npos && name_end > 0 && piece[name_end] == '=');
    if (pairs.empty() || is_pair) {
      pairs.push_back(piece);
    } else {
      pairs.back() += "," + piece;
    }
  }
  return pairs;
}

std::string FieldNames() {
  std::string names;
  for (const auto& [name, path] : Targets()) {
    names += fmt::format("{}{}{}", names.empty() ? "" : ", ", name, path.back()->is_map() ? "NAME" : "");
  }
  return names;
}

std::string PairProblem(const std::string& text, std::string_view form) {
  if (ParsePair(text)) return "";
  return fmt::format("{} is not {} with one of these fields: {}", ShownValue(text), form, FieldNames());
}

std::string MapProblem(const std::string& text) {
  for (const std::string& pair : SplitPairs(text)) {
    if (std::string problem = PairProblem(pair, "FIELD=COLUMN"); !problem.empty()) return problem;
  }
  return "";
}

// As SetValue takes it.
std::string ValueText(const Pair& pair, const std::string& value) {
  return pair.field()->is_map() ? fmt::format("{}={}", pair.key, value) : value;
}

std::string SetProblem(const std::string& text) {
  if (std::string problem = PairProblem(text, "FIELD=VALUE"); !problem.empty()) return problem;
  const Pair pair = *ParsePair(text);
  if (pair.target == "ticket_id") return "ticket_id cannot be the same for all rows";
  return ValueProblem(pair.field(), ValueText(pair, pair.text));
}

Message& Place(CreateTicketRequest& request, const Path& path) {
  Message* place = &request;
  for (size_t i = 0; i + 1 < path.size(); ++i) place = place->GetReflection()->MutableMessage(place, path[i]);
  return *place;
}

// Another for another id, and as it is where that makes an id.
std::string TicketId(const std::string& source, const std::string& id) {
  std::string whole = fmt::format("{}-{}", source, id);
  if (IsResourceId(whole)) return whole;
  whole = fmt::format("{}-{}", source, Slug(id)).substr(0, kIdBytesMax - kIdHashDigits - 1);
  while (whole.ends_with('-')) whole.pop_back();
  return fmt::format("{}-{}", whole, EncodeHex(Sha256(id)).substr(0, kIdHashDigits));
}

struct Flags {
  std::vector<std::string> map;
  std::vector<std::string> set;
  std::string source;
  std::vector<std::string> time_formats;
  std::string time_zone = "UTC";
};

class Mapping {
 public:
  // `format` begins the ids where no source does.
  Mapping(const Flags& flags, const std::string& format);

  // What is wrong with the flags together; empty: nothing.
  std::string UsageProblem() const;
  std::vector<std::string> Columns() const;
  bool has_ids() const { return Has("ticket_id"); }
  absl::StatusOr<CreateTicketRequest> Ticket(const Row& row) const;

 private:
  bool Has(std::string_view target) const {
    return std::ranges::any_of(pairs_, [&](const Pair& pair) { return pair.target == target; });
  }
  absl::Status Set(CreateTicketRequest& request, const Pair& pair, const std::string& value) const;

  std::vector<Pair> pairs_;  // by name, so that their order on the command line does not matter
  CreateTicketRequest constants_;
  std::string source_;
  std::string id_prefix_;
  std::vector<std::string> time_formats_;
  absl::TimeZone zone_;
};

Mapping::Mapping(const Flags& flags, const std::string& format)
    : source_(flags.source),
      id_prefix_(flags.source.empty() ? format : flags.source),
      time_formats_(flags.time_formats) {
  for (const std::string& text : flags.map) {
    for (const std::string& pair : SplitPairs(text)) pairs_.push_back(*ParsePair(pair));
  }
  std::ranges::stable_sort(pairs_, {}, &Pair::target);
  if (!source_.empty()) constants_.mutable_ticket()->mutable_source()->set_connection(source_);
  for (const std::string& text : flags.set) {
    const Pair pair = *ParsePair(text);
    SetValue(Place(constants_, pair.path), pair.field(), ValueText(pair, pair.text));
  }
  // The first is shown where none fits.
  for (const char* known : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S",
                            "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%E*S%Ez", "%Y/%m/%d", "%Y.%m.%d"}) {
    if (flags.time_formats.empty()) time_formats_.emplace_back(known);
  }
  absl::LoadTimeZone(flags.time_zone, &zone_);
}

std::string Mapping::UsageProblem() const {
  for (size_t i = 1; i < pairs_.size(); ++i) {
    if (pairs_[i].target == pairs_[i - 1].target && !pairs_[i].field()->is_repeated()) {
      return fmt::format("--map names {} twice", pairs_[i].target);
    }
  }
  if (has_ids() && source_.empty()) return "--map ticket_id needs --source, which says whose ids they are";
  const auto& ticket = constants_.ticket();
  if (!Has("body") && !Has("subject") && ticket.body().empty() && ticket.subject().empty()) {
    return "--map names neither body nor subject, of which a ticket needs one";
  }
  return "";
}

std::vector<std::string> Mapping::Columns() const {
  std::set<std::string> columns;
  for (const Pair& pair : pairs_) columns.insert(pair.text);
  return {columns.begin(), columns.end()};
}

absl::Status Mapping::Set(CreateTicketRequest& request, const Pair& pair, const std::string& value) const {
  const FieldDescriptor* field = pair.field();
  Message& place = Place(request, pair.path);
  if (pair.target == "ticket_id") {
    request.set_ticket_id(TicketId(id_prefix_, value));
    if (request.ticket().source().external_id().empty()) {
      request.mutable_ticket()->mutable_source()->set_external_id(value);
    }
    return absl::OkStatus();
  }
  if (field->message_type() == Timestamp::descriptor()) {
    ASSIGN_OR_RETURN(const absl::Time time, ImportedTime(pair.text, value, time_formats_, zone_));
    *static_cast<Timestamp*>(place.GetReflection()->MutableMessage(&place, field)) = ToProtoTime(time);
    return absl::OkStatus();
  }
  std::string text = ValueText(pair, value);
  if (RulesOf(field).slug()) {
    text = ContactReason(absl::StrSplit(value, '/'));
    if (text.empty()) {
      return RowInvalid(
          fmt::format("{}: {} has no letter or digit of ASCII to make a label of.", pair.text, ShownValue(value)));
    }
  }
  if (const std::string problem = ValueProblem(field, text); !problem.empty()) {
    return RowInvalid(fmt::format("{}: {}.", pair.text, problem));
  }
  SetValue(place, field, text);
  return absl::OkStatus();
}

absl::StatusOr<CreateTicketRequest> Mapping::Ticket(const Row& row) const {
  CreateTicketRequest request = constants_;
  std::string content;
  for (const Pair& pair : pairs_) {
    const std::string& value = row(pair.text);
    content += fmt::format("{}={}{}", pair.target, value, '\0');
    if (!value.empty()) {
      RETURN_IF_ERROR(Set(request, pair, value));
    } else if (pair.target == "ticket_id" || pair.target == "receive_time") {
      return RowInvalid(fmt::format("{}: is empty, and {} is made of it.", pair.text, pair.target));
    }
  }
  if (!has_ids()) {
    request.set_ticket_id(fmt::format("{}-{}", id_prefix_, EncodeHex(Sha256(content)).substr(0, kContentHashDigits)));
  }
  return request;
}

std::string SourceProblem(const std::string& text) {
  if (!text.empty() && Slug(text) == text && text.size() <= kSourceBytesMax) return "";
  return fmt::format("{} is not 1 to {} of a-z, 0-9 and -", ShownValue(text), kSourceBytesMax);
}

std::string ZoneProblem(const std::string& text) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(text, &zone) ? "" : ShownValue(text) + " is no time zone such as Asia/Seoul or UTC";
}

}  // namespace

std::function<RowMapping()> AddMapped(CLI::App& command) {
  const auto flags = std::make_shared<Flags>();
  command.add_option("--map", flags->map, "What is in which column or member; several with commas, or --map again")
      ->type_name("FIELD=COLUMN")
      ->required()
      ->allow_extra_args(false)
      ->check(MapProblem);
  command.add_option("--set", flags->set, "What is the same for all, or stands where a column is empty")
      ->type_name("FIELD=VALUE")
      ->allow_extra_args(false)
      ->check(SetProblem);
  command.add_option("--source", flags->source, "The system that it came from; ids of tickets begin with it")
      ->type_name("NAME")
      ->check(SourceProblem);
  command.add_option("--time-format", flags->time_formats, "How times are written, such as '%d.%m.%Y %H:%M' or %s")
      ->type_name("FORMAT")
      ->allow_extra_args(false);
  command.add_option("--time-zone", flags->time_zone, "Of times that do not name theirs")
      ->type_name("ZONE")
      ->capture_default_str()
      ->check(ZoneProblem);
  command.footer(fmt::format(
      "{}\n"
      "Fields: {}.\n"
      "Without ticket_id, the id is made of the mapped columns: what says the same comes in once for each time that it\n"
      "is in the file, and a row that was changed is another ticket. With close_time, a ticket is history. Times are as\n"
      "2026-11-28, with or without a time and a zone, unless --time-format says otherwise: %Y has four digits, %y two\n"
      "(69 to 99 are 19.., 00 to 68 are 20..). What was rejected of a jsonl file can be imported as csv.",
      kExample, FieldNames()));
  command.final_callback([flags, &command] {
    const std::string problem = Mapping(*flags, command.get_name()).UsageProblem();
    if (!problem.empty()) throw CLI::ValidationError(problem);
  });
  return [flags, &command] {
    const auto mapping = std::make_shared<Mapping>(*flags, command.get_name());
    return RowMapping{mapping->Columns(), [mapping](const Row& row) { return mapping->Ticket(row); },
                      !mapping->has_ids()};
  };
}

}  // namespace dangol::cli
