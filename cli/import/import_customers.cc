// `dangol import customers`: a CSV file of the system that keeps the customers.
#include "cli/import/import_customers.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "fmt/format.h"

#include "cli/command/client.h"
#include "cli/command/request_flags.h"
#include "cli/import/csv.h"
#include "cli/import/import_format.h"
#include "cli/import/reject_file.h"
#include "cli/import/text_input.h"
#include "cli/output/output.h"
#include "cli/output/progress.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/text.h"
#include "dangol/tickets/v1/customer_service.pb.h"

namespace dangol::cli {
namespace {

using dangol::tickets::v1::ContactPoint;
using dangol::tickets::v1::Customer;
using dangol::tickets::v1::UpsertCustomersRequest;
using dangol::tickets::v1::UpsertCustomersResponse;

constexpr char kCommand[] = "import customers";
constexpr char kMethod[] = "/dangol.tickets.v1.CustomerService/UpsertCustomers";
constexpr int kBatchRows = 500;

struct Flags {
  SuiteFlags suite;
  std::string file;
  // As people call it.
  std::string name() const { return file == "-" ? "standard-input" : file; }
  std::string source;
  std::string encoding;
  std::string separator;
  absl::Duration timeout = absl::Minutes(1);
};

void AddContact(Customer& customer, ContactPoint::Kind kind, const std::string& value) {
  customer.add_contact_points()->set_kind(kind);
  customer.mutable_contact_points()->rbegin()->set_value(value);
}

// What a column of this name fills.
using Fill = void (*)(Customer& customer, const std::string& value);
const std::map<std::string, Fill>& Columns() {
  static const auto& columns = *new std::map<std::string, Fill>{
      {"id", [](Customer& c, const std::string& v) { c.add_external_ids()->set_id(v); }},
      {"display_name", [](Customer& c, const std::string& v) { c.set_display_name(v); }},
      {"email", [](Customer& c, const std::string& v) { AddContact(c, ContactPoint::EMAIL, v); }},
      {"phone", [](Customer& c, const std::string& v) { AddContact(c, ContactPoint::PHONE, v); }},
      {"postal", [](Customer& c, const std::string& v) { AddContact(c, ContactPoint::POSTAL, v); }},
      {"segment", [](Customer& c, const std::string& v) { c.set_segment(v); }},
      {"locale", [](Customer& c, const std::string& v) { c.set_locale(v); }},
      {"time_zone", [](Customer& c, const std::string& v) { c.set_time_zone(v); }},
  };
  return columns;
}

Customer CustomerOf(const std::vector<std::string>& columns, const std::vector<std::string>& fields,
                    const std::string& source) {
  Customer customer;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (fields[i].empty()) continue;
    const auto column = Columns().find(columns[i]);
    if (column != Columns().end()) {
      column->second(customer, fields[i]);
    } else if (!IsRejectColumn(columns[i])) {
      (*customer.mutable_attributes())[columns[i]] = fields[i];
    }
  }
  for (auto& external_id : *customer.mutable_external_ids()) external_id.set_system(source);
  return customer;
}

// Sends rows in batches; where one is refused, its rows one by one, to learn which it is.
class Sender {
 public:
  Sender(const Flags& flags, RejectFile& rejects)
      : flags_(flags), client_(TargetAddress(flags.suite, "tickets")), rejects_(rejects) {}

  absl::Status Add(const Record& record, Customer customer) {
    records_.push_back(record);
    *batch_.add_customers() = std::move(customer);
    return batch_.customers_size() < kBatchRows ? absl::OkStatus() : Send();
  }
  absl::Status Send() {
    if (batch_.customers().empty()) return absl::OkStatus();
    FillRequestId(batch_);
    absl::Status status = Call<UpsertCustomersResponse>(client_, kMethod, batch_, flags_.timeout).status();
    if (status.ok()) sent_ += batch_.customers_size();
    if (IsRefusal(status)) status = SendEach();
    batch_.Clear();
    records_.clear();
    return status;
  }
  int64_t sent() const { return sent_; }

 private:
  // Something is wrong with a row, and not with the service.
  static bool IsRefusal(const absl::Status& status) {
    return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status) || absl::IsNotFound(status);
  }
  absl::Status SendEach() {
    for (int i = 0; i < batch_.customers_size(); ++i) {
      UpsertCustomersRequest one;
      *one.add_customers() = batch_.customers(i);
      FillRequestId(one);
      const absl::Status status = Call<UpsertCustomersResponse>(client_, kMethod, one, flags_.timeout).status();
      if (!status.ok() && !IsRefusal(status)) return status;
      const Record& record = records_[static_cast<size_t>(i)];
      if (status.ok()) ++sent_;
      if (!status.ok()) rejects_.Add(record.line, std::string(status.message()), record.fields);
    }
    return absl::OkStatus();
  }

  const Flags& flags_;
  Client client_;
  RejectFile& rejects_;
  UpsertCustomersRequest batch_;
  std::vector<Record> records_;
  int64_t sent_ = 0;
};

// Why a row cannot be taken beside those before it: of two with the same id and other fields, one is wrong.
class SeenIds {
 public:
  explicit SeenIds(const std::vector<std::string>& columns)
      : column_(static_cast<size_t>(std::ranges::find(columns, "id") - columns.begin())) {}

  std::string Problem(const Record& record) {
    const std::string& id = record.fields[column_];
    if (id.empty()) return "";
    const size_t content = absl::HashOf(record.fields);
    const auto [seen, is_new] = seen_.try_emplace(id, content, record.line);
    if (is_new || seen->second.first == content) return "";
    return fmt::format("line {} has the same id {} with other fields. Keep one of them.", seen->second.second,
                       ShownValue(id));
  }

 private:
  const size_t column_;
  absl::flat_hash_map<std::string, std::pair<size_t, int64_t>> seen_;  // by id: what its row says, its line
};

absl::Status SendAll(CsvReader& reader, const Flags& flags, RejectFile& rejects, Sender& sender, int64_t& rows) {
  SeenIds seen(reader.columns());
  Record record;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(record));
    if (!more) return sender.Send();
    ++rows;
    if (!record.good()) {
      rejects.Add(record.line, record.problem, {}, record.text);
    } else if (const absl::Status text = CheckText(reader.columns(), record); !text.ok()) {
      rejects.Add(record.line, std::string(text.message()), record.fields);
    } else if (const std::string problem = seen.Problem(record); !problem.empty()) {
      rejects.Add(record.line, problem, record.fields);
    } else {
      RETURN_IF_ERROR(sender.Add(record, CustomerOf(reader.columns(), record.fields, flags.source)));
    }
  }
}

// A column may become an attribute, so its name is text, too.
absl::Status CheckColumns(const CsvReader& reader, const std::string& file) {
  if (std::ranges::find(reader.columns(), "id") == reader.columns().end()) {
    return absl::InvalidArgumentError(fmt::format("{} has no column id, by which a customer is found again.", file));
  }
  if (std::ranges::all_of(reader.columns(), IsValidUtf8)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("{}: the name of a column is not UTF-8. Say with --encoding what the file is.", file));
}

int Run(const Flags& flags) {
  auto input = TextInput::Open(flags.file, flags.encoding);
  if (!input.ok()) return Fail(kCommand, input.status());
  const auto reader = CsvReader::Open(flags.name(), *std::move(input), ParseSeparator(flags.separator));
  if (!reader.ok()) return Fail(kCommand, reader.status());
  if (const absl::Status columns = CheckColumns(**reader, flags.name()); !columns.ok()) return Fail(kCommand, columns);
  RejectFile rejects(flags.name() + ".rejects.csv", (*reader)->columns());
  Sender sender(flags, rejects);
  int64_t rows = 0;
  const absl::Status status = SendAll(**reader, flags, rejects, sender, rows);
  const absl::Status closed = rejects.Close();
  // Beside an error, "0 taken" would say that there was nothing to take.
  const bool nothing = !status.ok() && sender.sent() == 0;
  const bool printed = nothing || Print(fmt::format("{} rows: {} taken, {} rejected\n", ShownCount(rows),
                                                    ShownCount(sender.sent()), ShownCount(rejects.count())));
  if (rejects.count() > 0) PrintError(fmt::format("dangol {}: {} has the rejected rows.\n", kCommand, rejects.path()));
  if (!status.ok()) return Fail(kCommand, status);
  if (!closed.ok()) return Fail(kCommand, closed);
  if (const std::string note = (*reader)->Note(); !note.empty())
    PrintError(fmt::format("dangol {}: {}\n", kCommand, note));
  return printed && rejects.count() == 0 ? 0 : 1;
}

std::string SourceProblem(const std::string& text) {
  return !text.empty() && Slug(text) == text ? "" : ShownValue(text) + " is not a-z, 0-9 and -";
}

}  // namespace

Command ImportCustomersCommand(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("customers", "Customers, from a CSV file of the system that keeps them");
  const auto flags = std::make_shared<Flags>();
  app->add_option("FILE", flags->file, "The file, gzip or not; - for standard input")->type_name("")->required();
  app->add_option("--source", flags->source, "The system: what stands in the column id are its ids")
      ->type_name("NAME")
      ->required()
      ->check(SourceProblem);
  AddEncodingFlag(*app, flags->encoding);
  AddSeparatorFlag(*app, flags->separator);
  AddSuiteFlags(*app, flags->suite);
  AddTimeoutFlag(*app, flags->timeout);
  app->footer(
      "Columns: id (required), display_name, email, phone, postal, segment, locale, time_zone; others become\n"
      "attributes. Of a customer who is there, what is in the file replaces what was known, but email, phone and postal\n"
      "are added to those that are known; an empty field changes nothing. Importing it again changes nothing.");
  return {app, [flags] { return Run(*flags); }};
}

}  // namespace dangol::cli
