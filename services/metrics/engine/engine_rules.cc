#include "services/metrics/engine/engine_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "fmt/format.h"
#include "google/protobuf/descriptor.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/resource/update_mask.h"
#include "services/metrics/calendar/calendar.h"
#include "services/metrics/engine/blueprint.h"
#include "services/metrics/names.h"

namespace dangol::metrics {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::CreateEngineRequest;
using v1::Engine;

// An engine is stored whole with each revision.
constexpr size_t kEngineBytesMax = 256 << 10;

template <typename Items, typename IdOf>
absl::Status CheckIdsDiffer(const Items& items, std::string_view path, std::string_view field, IdOf id_of) {
  std::set<std::string> seen;
  for (int i = 0; i < items.size(); ++i) {
    if (seen.insert(id_of(items[i])).second) continue;
    return InvalidField(fmt::format("{}[{}].{}", path, i, field),
                        fmt::format("{} stands twice. Give each an id of its own.", ShownValue(id_of(items[i]))));
  }
  return absl::OkStatus();
}

absl::Status CheckStages(const Engine& engine) {
  if (engine.stages().empty())
    return InvalidField("engine.stages", "is empty and must be set. Send the stages, or name a blueprint.");
  RETURN_IF_ERROR(CheckIdsDiffer(
      engine.stages(), "engine.stages", "stage_id",
      [](const v1::Stage& stage) -> const auto& { return stage.stage_id(); }));
  for (int i = 0; i < engine.stages_size(); ++i) {
    const std::string path = fmt::format("engine.stages[{}]", i);
    RETURN_IF_ERROR(CheckIdsDiffer(
        engine.stages(i).steps(), path + ".steps", "step_id",
        [](const v1::ProcessStep& step) -> const auto& { return step.step_id(); }));
    RETURN_IF_ERROR(CheckIdsDiffer(
        engine.stages(i).playbook(), path + ".playbook", "play_id",
        [](const v1::Play& play) -> const auto& { return play.play_id(); }));
  }
  return absl::OkStatus();
}

absl::Status Check(const Engine& engine) {
  if (engine.display_names().empty())
    return InvalidField("engine.display_names", "is empty and must be set. Send what the engine is called.");
  RETURN_IF_ERROR(CheckCalendar(engine, "engine"));
  RETURN_IF_ERROR(CheckStages(engine));
  if (!engine.exposure_kpi().empty() && kEnginePattern.Name(kKpiPattern.Id(engine.exposure_kpi())) != engine.name()) {
    return InvalidField("engine.exposure_kpi", fmt::format("{} is not of {}. Name a KPI of the engine.",
                                                           ShownValue(engine.exposure_kpi()), engine.name()));
  }
  if (engine.ByteSizeLong() > kEngineBytesMax) {
    return InvalidField("engine",
                        fmt::format("{} bytes are more than the {} that an engine may have. Shorten its texts.",
                                    engine.ByteSizeLong(), kEngineBytesMax));
  }
  return absl::OkStatus();
}

absl::Status CheckUse(const Engine& before, const Engine& after, const EngineUse& use) {
  if (use.has_numbers && before.time_zone() != after.time_zone()) {
    return Error(absl::StatusCode::kFailedPrecondition, "TIME_ZONE_FIXED",
                 fmt::format("Days of {} were counted in {}, which is why the zone cannot be {}. Make another engine.",
                             before.name(), before.time_zone(), after.time_zone()),
                 {{"resource", before.name()}});
  }
  for (const std::string& stage_id : use.stage_ids) {
    if (FindStage(after, stage_id) != nullptr) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "STAGE_IN_USE",
                 fmt::format("The stage {} of {} has KPIs, which is why it cannot go. Set `retired` on it.", stage_id,
                             before.name()),
                 {{"resource", kStagePattern.Name(kEnginePattern.Id(before.name()), stage_id)}});
  }
  return absl::OkStatus();
}

bool NamesClosedDays(const Engine& engine) { return !engine.closed_weekdays().empty() || !engine.holidays().empty(); }

absl::Status ClosedDaysContradict() {
  return InvalidField("engine.closed_days",
                      "is POLICY, and the engine names closed days of its own. Send OWN, or no days.");
}

// Days that are named are the engine's own.
absl::Status ChooseClosedDays(Engine& engine) {
  if (engine.closed_days() == Engine::CLOSED_DAYS_UNSPECIFIED)
    engine.set_closed_days(NamesClosedDays(engine) ? Engine::OWN : Engine::POLICY);
  return engine.closed_days() == Engine::POLICY && NamesClosedDays(engine) ? ClosedDaysContradict() : absl::OkStatus();
}

// Of an engine that follows the policy, naming days ends that; of one that does so from now on, its own days are
// forgotten.
absl::Status ChooseClosedDaysAnew(const Engine& before, Engine& after) {
  if (after.closed_days() != Engine::POLICY || !NamesClosedDays(after)) return ChooseClosedDays(after);
  if (before.closed_days() != Engine::OWN) {
    after.set_closed_days(Engine::OWN);
    return absl::OkStatus();
  }
  const bool same = std::ranges::equal(before.closed_weekdays(), after.closed_weekdays()) &&
                    std::ranges::equal(before.holidays(), after.holidays());
  if (!same) return ClosedDaysContradict();
  after.clear_closed_weekdays();
  after.clear_holidays();
  return absl::OkStatus();
}

// Where a stage went is not the caller's to say. One that is used again went nowhere.
void KeepMoves(const Engine& before, Engine& after) {
  for (v1::Stage& stage : *after.mutable_stages()) {
    const v1::Stage* known = FindStage(before, stage.stage_id());
    stage.set_retired_into(known != nullptr && stage.retired() ? known->retired_into() : "");
  }
}

absl::StatusOr<v1::Stage*> StageInUse(Engine& engine, const std::string& name) {
  const auto found = std::ranges::find(*engine.mutable_stages(), kStagePattern.Id(name, 1),
                                       [](const v1::Stage& stage) -> std::string_view { return stage.stage_id(); });
  if (found == engine.mutable_stages()->end()) return NotFound(name);
  if (!found->retired()) return &*found;
  return Error(absl::StatusCode::kFailedPrecondition, "STAGE_RETIRED",
               fmt::format("{} is retired. Name a stage that is in use.", name), {{"resource", name}});
}

// Every value of a message by its path. What is repeated is named by the id that its messages have, or its text.
class Values {
 public:
  std::map<std::string, std::string> by_path;

  void Add(const Message& message, const std::string& path) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string place = path.empty() ? field->name() : path + "." + field->name();
      if (field->is_map()) {
        AddMap(message, field, place);
      } else if (field->is_repeated()) {
        AddRepeated(message, field, place);
      } else {
        AddValue(message, field, place);
      }
    }
  }

 private:
  void AddMap(const Message& message, const FieldDescriptor* field, const std::string& path) {
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      const Message& entry = message.GetReflection()->GetRepeatedMessage(message, field, i);
      const auto text = [&](const FieldDescriptor* part) { return entry.GetReflection()->GetString(entry, part); };
      by_path[fmt::format("{}[{}]", path, text(field->message_type()->map_key()))] =
          text(field->message_type()->map_value());
    }
  }
  void AddRepeated(const Message& message, const FieldDescriptor* field, const std::string& path) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    std::string order;
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      std::string text;
      if (field->message_type() != nullptr) {
        const Message& element = reflection.GetRepeatedMessage(message, field, i);
        text = element.GetReflection()->GetString(element, element.GetDescriptor()->field(0));
        Add(element, fmt::format("{}[{}]", path, text));
      } else if (field->enum_type() != nullptr) {
        text = reflection.GetRepeatedEnum(message, field, i)->name();
      } else {
        text = reflection.GetRepeatedString(message, field, i);
      }
      order += (order.empty() ? "" : ", ") + text;
    }
    by_path[path] = order;
  }
  void AddValue(const Message& message, const FieldDescriptor* field, const std::string& path) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        by_path[path] = reflection.GetString(message, field);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        by_path[path] = reflection.GetEnum(message, field)->name();
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        by_path[path] = reflection.GetBool(message, field) ? "true" : "false";
        break;
      default:
        break;  // an engine has no others that a revision changes
    }
  }
};

std::map<std::string, std::string> ValuesOf(Engine engine) {
  engine.clear_name();
  engine.clear_etag();
  engine.clear_default_engine();
  engine.clear_create_time();
  engine.clear_update_time();
  Values values;
  values.Add(engine, "");
  return std::move(values.by_path);
}

}  // namespace

absl::Status Found(Engine& engine, CreateEngineRequest::Blueprint blueprint, absl::Time now) {
  if (blueprint != CreateEngineRequest::BLUEPRINT_UNSPECIFIED) {
    if (!engine.stages().empty())
      return InvalidField("engine.stages", "is set although a blueprint is named. Leave one of them out.");
    Engine whole = EngineOf(blueprint, engine.name());
    RETURN_IF_ERROR(resource::ApplyUpdate(engine, {}, whole));
    engine = std::move(whole);
  }
  if (engine.week_start() == v1::WEEKDAY_UNSPECIFIED) engine.set_week_start(v1::MONDAY);
  RETURN_IF_ERROR(ChooseClosedDays(engine));
  RETURN_IF_ERROR(Check(engine));
  engine.set_revision(1);
  *engine.mutable_create_time() = ToProtoTime(now);
  *engine.mutable_update_time() = ToProtoTime(now);
  return absl::OkStatus();
}

absl::Status Revise(Engine& engine, const v1::UpdateEngineRequest& request, const EngineUse& use) {
  Engine revised = engine;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.engine(), request.update_mask(), revised));
  if (revised.week_start() == v1::WEEKDAY_UNSPECIFIED) revised.set_week_start(engine.week_start());
  RETURN_IF_ERROR(ChooseClosedDaysAnew(engine, revised));
  KeepMoves(engine, revised);
  RETURN_IF_ERROR(Check(revised));
  RETURN_IF_ERROR(CheckUse(engine, revised, use));
  if (DifferencesOf(engine, revised).empty()) return absl::OkStatus();
  revised.set_revision(engine.revision() + 1);
  engine = std::move(revised);
  return absl::OkStatus();
}

absl::Status RetireInto(Engine& engine, Engine& other, const v1::RetireStageRequest& request) {
  if (engine.name() == other.name()) {
    return InvalidField("into", fmt::format("{} is of the same engine. Name a stage of another, or set `retired` on "
                                            "this one.",
                                            ShownValue(request.into())));
  }
  ASSIGN_OR_RETURN(v1::Stage* const ending, StageInUse(engine, request.name()));
  const absl::StatusOr<v1::Stage*> next = StageInUse(other, request.into());
  if (!next.ok()) return AtField(next.status(), "into");
  ending->set_retired(true);
  ending->set_retired_into(request.into());
  engine.set_revision(engine.revision() + 1);
  if (!(*next)->owner().empty() || ending->owner().empty()) return absl::OkStatus();
  (*next)->set_owner(ending->owner());
  other.set_revision(other.revision() + 1);
  return absl::OkStatus();
}

std::vector<v1::Difference> DifferencesOf(const Engine& before, const Engine& after) {
  const std::map<std::string, std::string> old_values = ValuesOf(before);
  const std::map<std::string, std::string> new_values = ValuesOf(after);
  std::map<std::string, v1::Difference> differences;
  for (const auto& [path, value] : old_values) differences[path].set_before(value);
  for (const auto& [path, value] : new_values) differences[path].set_after(value);
  std::vector<v1::Difference> found;
  for (auto& [path, difference] : differences) {
    if (difference.before() == difference.after()) continue;
    difference.set_path(path);
    found.push_back(std::move(difference));
  }
  return found;
}

const v1::Stage* FindStage(const Engine& engine, std::string_view stage_id) {
  const auto found = std::ranges::find(engine.stages(), stage_id,
                                       [](const v1::Stage& stage) -> std::string_view { return stage.stage_id(); });
  return found == engine.stages().end() ? nullptr : &*found;
}

}  // namespace dangol::metrics
