// Messages as JSON: by the rules, and against protobuf's own reader and writer.
#include "common/base/json.h"

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/type.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"

#include "common/base/error.h"

namespace dangol {
namespace {

using google::protobuf::Any;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Struct;
using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;

// Every kind of field of proto3, made here: the suite has no message with all of them.
class AllKinds {
 public:
  AllKinds() : pool_(google::protobuf::DescriptorPool::generated_pool()) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("all_kinds.proto");
    file.set_package("test");
    file.set_syntax("proto3");
    for (const char* needs : {"any", "duration", "field_mask", "struct", "timestamp", "wrappers"}) {
      file.add_dependency(std::string("google/protobuf/") + needs + ".proto");
    }
    auto& color = *file.add_enum_type();
    color.set_name("Color");
    AddValue(color, "COLOR_UNSPECIFIED", 0);
    AddValue(color, "RED", 1);
    AddValue(color, "BLUE", 7);
    auto& kinds = *file.add_message_type();
    kinds.set_name("Kinds");
    int number = 0;
    using F = google::protobuf::FieldDescriptorProto;
    const std::vector<std::pair<const char*, F::Type>> scalars = {
        {"int32", F::TYPE_INT32}, {"int64", F::TYPE_INT64},   {"uint32", F::TYPE_UINT32}, {"uint64", F::TYPE_UINT64},
        {"sint", F::TYPE_SINT64}, {"fixed", F::TYPE_FIXED32}, {"double", F::TYPE_DOUBLE}, {"float", F::TYPE_FLOAT},
        {"bool", F::TYPE_BOOL},   {"text", F::TYPE_STRING},   {"bytes", F::TYPE_BYTES}};
    const std::vector<std::pair<const char*, const char*>> messages = {
        {"part", ".test.Kinds"},
        {"any", ".google.protobuf.Any"},
        {"duration", ".google.protobuf.Duration"},
        {"mask", ".google.protobuf.FieldMask"},
        {"struct", ".google.protobuf.Struct"},
        {"value", ".google.protobuf.Value"},
        {"values", ".google.protobuf.ListValue"},
        {"timestamp", ".google.protobuf.Timestamp"},
        {"int64_wrapper", ".google.protobuf.Int64Value"},
        {"text_wrapper", ".google.protobuf.StringValue"},
        {"bytes_wrapper", ".google.protobuf.BytesValue"},
        {"bool_wrapper", ".google.protobuf.BoolValue"},
        {"double_wrapper", ".google.protobuf.DoubleValue"}};
    for (const F::Label label : {F::LABEL_OPTIONAL, F::LABEL_REPEATED}) {
      const std::string prefix = label == F::LABEL_OPTIONAL ? "one_" : "many_";
      for (const auto& [name, type] : scalars) AddField(kinds, prefix + name, ++number, label).set_type(type);
      auto& enumeration = AddField(kinds, prefix + "color", ++number, label);
      enumeration.set_type(F::TYPE_ENUM);
      enumeration.set_type_name(".test.Color");
      for (const auto& [name, type] : messages) {
        auto& field = AddField(kinds, prefix + name, ++number, label);
        field.set_type(F::TYPE_MESSAGE);
        field.set_type_name(type);
      }
    }
    kinds.add_oneof_decl()->set_name("choice");
    for (const char* name : {"this_one", "that_one"}) {
      auto& field = AddField(kinds, name, ++number, F::LABEL_OPTIONAL);
      field.set_type(F::TYPE_INT32);
      field.set_oneof_index(0);
    }
    auto& named = AddField(kinds, "odd_name", ++number, F::LABEL_OPTIONAL);
    named.set_type(F::TYPE_INT32);
    named.set_json_name("@odd");
    for (const auto& [name, type] : scalars) {
      if (type != F::TYPE_DOUBLE && type != F::TYPE_FLOAT && type != F::TYPE_BYTES) AddMap(kinds, name, type, ++number);
    }
    // Without `import`, so that it is found among the generated ones.
    type_ = pool_.BuildFile(file)->message_type(0);
  }

  std::unique_ptr<Message> New() { return std::unique_ptr<Message>(factory_.GetPrototype(type_)->New()); }

 private:
  using Message_ = google::protobuf::DescriptorProto;

  static void AddValue(google::protobuf::EnumDescriptorProto& type, const char* name, int number) {
    type.add_value()->set_name(name);
    type.mutable_value(type.value_size() - 1)->set_number(number);
  }
  static google::protobuf::FieldDescriptorProto& AddField(Message_& type, const std::string& name, int number,
                                                          google::protobuf::FieldDescriptorProto::Label label) {
    auto& field = *type.add_field();
    field.set_name(name);
    field.set_number(number);
    field.set_label(label);
    return field;
  }
  // From a key of the type to a message.
  static void AddMap(Message_& type, const std::string& name, google::protobuf::FieldDescriptorProto::Type key,
                     int number) {
    using F = google::protobuf::FieldDescriptorProto;
    std::string entry_name = "By" + name + "Entry";
    entry_name[2] = static_cast<char>(entry_name[2] - 'a' + 'A');
    auto& entry = *type.add_nested_type();
    entry.set_name(entry_name);
    entry.mutable_options()->set_map_entry(true);
    AddField(entry, "key", 1, F::LABEL_OPTIONAL).set_type(key);
    auto& value = AddField(entry, "value", 2, F::LABEL_OPTIONAL);
    value.set_type(F::TYPE_MESSAGE);
    value.set_type_name(".google.protobuf.Value");
    auto& field = AddField(type, "by_" + name, number, F::LABEL_REPEATED);
    field.set_type(F::TYPE_MESSAGE);
    field.set_type_name(".test.Kinds." + entry_name);
  }

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const google::protobuf::Descriptor* type_ = nullptr;
};

AllKinds& Kinds() {
  static auto* const kKinds = new AllKinds;
  return *kKinds;
}

std::string Read(std::string_view json) {
  const auto message = Kinds().New();
  const absl::Status status = FromJson(json, *message, "It");
  return status.ok() ? ToJson(*message, JsonStyle::kCompact) : std::string(status.message());
}

TEST(Json, IsReadByTheRulesOfProto3) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({})", R"({})"},
      {" {\t\"oneText\" \r\n: \"a\" } ", R"({"oneText":"a"})"},
      {R"({"one_text":"by its name in the proto"})", R"({"oneText":"by its name in the proto"})"},
      {R"({"@odd":1})", R"({"@odd":1})"},
      {R"({"odd_name":1})", R"({"@odd":1})"},
      {R"({"oneInt32":null,"manyText":null,"onePart":null,"byText":null})", R"({})"},
      // Numbers: as numbers, as texts, with a point or an exponent where they are whole.
      {R"({"oneInt32":-2147483648,"oneInt64":"-9223372036854775808"})",
       R"({"oneInt32":-2147483648,"oneInt64":"-9223372036854775808"})"},
      {R"({"oneUint32":4294967295,"oneUint64":18446744073709551615})",
       R"({"oneUint32":4294967295,"oneUint64":"18446744073709551615"})"},
      {R"({"oneInt32":1e3,"oneInt64":2.0,"oneSint":"-3","oneFixed":-0})",
       R"({"oneInt32":1000,"oneInt64":"2","oneSint":"-3"})"},
      {R"({"oneDouble":0.1,"oneFloat":"1.5"})", R"({"oneDouble":0.1,"oneFloat":1.5})"},
      {R"({"manyDouble":["NaN","Infinity","-Infinity",1e300,-0.0,5e-324]})",
       R"({"manyDouble":["NaN","Infinity","-Infinity",1e+300,-0,5e-324]})"},
      {R"({"manyBool":[true,false]})", R"({"manyBool":[true,false]})"},
      // Texts.
      {R"({"oneText":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud55c\ud83d\ude00 <&>"})",
       "{\"oneText\":\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009A\u00e9\ud55c\U0001F600 <&>\"}"},
      {R"({"manyBytes":["AQI=","AQI","-_8","+/8=",""]})", R"({"manyBytes":["AQI=","AQI=","+/8=","+/8=",""]})"},
      {R"({"manyColor":["RED",7,"7",99,0]})", R"({"manyColor":["RED","BLUE","BLUE",99,"COLOR_UNSPECIFIED"]})"},
      // What JSON writes in its own way.
      {R"({"manyTimestamp":["2026-02-28T15:00:00Z","2026-03-01T00:00:00.5+09:00","0001-01-01T00:00:00Z"]})",
       R"({"manyTimestamp":["2026-02-28T15:00:00Z","2026-02-28T15:00:00.500Z","0001-01-01T00:00:00Z"]})"},
      {R"({"manyDuration":["1s","-1.000000001s","0.01s"]})", R"({"manyDuration":["1s","-1.000000001s","0.010s"]})"},
      {R"({"oneMask":"a,fooBar.bazQux,snake_case"})", R"({"oneMask":"a,fooBar.bazQux,snakeCase"})"},
      {R"({"oneMask":""})", R"({"oneMask":""})"},
      {R"({"oneStruct":{"b":[1,"x",null,true,{}],"a":{}}})", R"({"oneStruct":{"a":{},"b":[1,"x",null,true,{}]}})"},
      {R"({"oneValue":null})", R"({"oneValue":null})"},
      {R"({"manyValue":[null,1.5,"x"],"oneValues":[]})", R"({"oneValues":[],"manyValue":[null,1.5,"x"]})"},
      {R"({"oneInt64Wrapper":0,"oneTextWrapper":"","oneBoolWrapper":false,"oneDoubleWrapper":"NaN"})",
       R"({"oneInt64Wrapper":"0","oneTextWrapper":"","oneBoolWrapper":false,"oneDoubleWrapper":"NaN"})"},
      {R"({"oneAny":{"value":"1.5s","@type":"type.googleapis.com/google.protobuf.Duration"}})",
       R"({"oneAny":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.500s"}})"},
      {R"({"oneAny":{"name":"x","@type":"x/google.protobuf.Type"}})",
       R"({"oneAny":{"@type":"x/google.protobuf.Type","name":"x"}})"},
      {R"({"oneAny":{}})", R"({"oneAny":{}})"},
      {R"({"onePart":{"onePart":{}},"manyPart":[{},{"oneInt32":1}]})",
       R"({"onePart":{"onePart":{}},"manyPart":[{},{"oneInt32":1}]})"},
      {R"({"byText":{"b":1,"a":null},"byBool":{"true":"x"},"byInt64":{"-3":[]}})",
       R"({"byInt64":{"-3":[]},"byBool":{"true":"x"},"byText":{"a":null,"b":1}})"},
      {R"({"thisOne":null,"thatOne":0})", R"({"thatOne":0})"},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(Read(json), expected) << json;
}

TEST(Json, SaysWhatIsWrongAndWhere) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({"oneTxt":1})", "It is not a test.Kinds: oneTxt: test.Kinds has no such field."},
      {R"({"onePart":{"manyPart":[{},{"x":1}]}})", "onePart.manyPart[1].x: test.Kinds has no such field"},
      {R"({"oneText":"a","oneText":"b"})", "oneText: it stands twice"},
      {R"({"oneText":"a","one_text":"b"})", "one_text: it stands twice"},
      {R"({"oneStruct":{"a":1,"\u0061":2}})", "oneStruct.a: it stands twice"},
      {R"({"thisOne":0,"thatOne":1})", "thatOne: only one field of choice can be set"},
      {R"({"oneText":1})", "oneText: a text was expected"},
      {R"({"oneText":{}})", "oneText: text was expected"},
      {R"({"manyText":[null]})", "manyText[0]: null is no value of it"},
      {R"({"manyText":"x"})", "manyText: an array was expected"},
      {R"({"onePart":[]})", "onePart: an object was expected"},
      {R"({"oneInt32":2147483648})", "oneInt32: \"2147483648\" is no int32"},
      {R"({"oneInt32":1.5})", "is no int32"},
      {R"({"oneInt32":" 1"})", "is no int32"},
      {R"({"oneInt32":"+1"})", "is no int32"},
      {R"({"oneInt32":true})", "int32 was expected"},
      {R"({"oneInt64":9223372036854775808})", "is no int64"},
      {R"({"oneInt64":9.3e18})", "is no int64"},
      {R"({"oneUint64":-1})", "is no uint64"},
      {R"({"oneUint64":1e20})", "is no uint64"},
      {R"({"oneDouble":1e999})", "is no double"},
      {R"({"oneFloat":1e39})", "is no float"},
      {R"({"oneDouble":"nan"})", "is no double"},
      {R"({"oneBool":"true"})", "true or false was expected"},
      {R"({"oneBool":1})", "oneBool: \"1\" is no bool"},
      {R"({"oneColor":"GREEN"})", "oneColor: \"GREEN\" is no Color"},
      {R"({"oneBytes":"*"})", "is no base64"},
      {R"({"oneTimestamp":"yesterday"})", "oneTimestamp: \"yesterday\" is no Timestamp"},
      {R"({"oneTimestamp":5})", "oneTimestamp: a text was expected"},
      {R"({"oneDuration":"5"})", "is no Duration"},
      {R"({"oneAny":{"value":1}})", "an object with \"@type\" was expected"},
      {R"({"oneAny":{"@type":"x/test.Nothing"}})", "oneAny.@type: \"x/test.Nothing\" is no type that is known here"},
      {R"({"oneAny":{"@type":"x/google.protobuf.Duration","v":1}})", "oneAny.v: only \"value\""},
      {R"({"byBool":{"yes":1}})", "byBool.yes: it is no key of this map"},
      {R"([1])", "It must be a JSON object, such as {}."},
      {R"({"oneText":"\ud800"})", "line 1, column 13: this is half of a surrogate pair"},
      {R"({"oneText":"\ud800\u0041"})", "this is half of a surrogate pair"},
      {R"({"oneText":"\udc00"})", "this is half of a surrogate pair"},
      {R"({"oneAny":{"@type":"x/google.protobuf.Type","name":"a})",
       "line 1, column 52: the text that begins here has no end"},
      {R"({"nothing":1)", "It is not JSON: line 1, column 13: ',' or '}' was expected, but the text ends"},
      {R"({"oneText":"a"}x)", "line 1, column 16: nothing more was expected"},
  };
  for (const auto& [json, problem] : cases) EXPECT_THAT(Read(json), HasSubstr(problem)) << json;
}

TEST(Json, ReplacesWhatTheMessageHeld) {
  const auto message = Kinds().New();
  ASSERT_TRUE(FromJson(R"({"manyText":["a"],"thisOne":1})", *message).ok());
  ASSERT_TRUE(FromJson(R"({"manyText":["b"],"thatOne":2})", *message).ok());
  EXPECT_EQ(ToJson(*message, JsonStyle::kCompact), R"({"manyText":["b"],"thatOne":2})");
}

TEST(Json, IsNotNestedWithoutEnd) {
  for (const char* opening : {R"({"onePart":)", R"({"oneStruct":{"a":)", R"({"oneValues":[[)"}) {
    std::string json;
    for (int i = 0; i < 100'000; ++i) json += opening;
    EXPECT_THAT(Read(json), HasSubstr("It is not")) << opening;
  }
  EXPECT_THAT(Read(R"({"oneValue":)" + std::string(100'000, '[')), HasSubstr("this is nested too deep"));
  EXPECT_EQ(Read(R"({"oneValue":)" + std::string(99, '[') + std::string(99, ']') + "}").substr(0, 4), R"({"on)");
}

TEST(Json, HasThreeStyles) {
  const auto message = Kinds().New();
  ASSERT_TRUE(FromJson(R"({"manyPart":[{"oneInt32":1},{}],"manyText":["a","b"],"oneStruct":{}})", *message).ok());
  EXPECT_EQ(ToJson(*message, JsonStyle::kPretty), R"({
 "oneStruct": {},
 "manyText": [
  "a",
  "b"
 ],
 "manyPart": [
  {
   "oneInt32": 1
  },
  {}
 ]
})");
  EXPECT_EQ(ToJson(*message, JsonStyle::kCompact),
            R"({"oneStruct":{},"manyText":["a","b"],"manyPart":[{"oneInt32":1},{}]})");
  const std::string complete = ToJson(*Kinds().New(), JsonStyle::kComplete);
  for (const char* said : {R"("oneInt32":0)", R"("oneText":"")", R"("oneColor":"COLOR_UNSPECIFIED")",
                           R"("manyPart":[])", R"("byText":{})"}) {
    EXPECT_THAT(complete, HasSubstr(said));
  }
  for (const char* absent : {"onePart", "thisOne"}) EXPECT_THAT(complete, Not(HasSubstr(absent)));
}

TEST(Json, HasNoFormForSomeValues) {
  google::protobuf::Timestamp time;
  time.set_seconds(253'402'300'800);
  EXPECT_EQ(FormatJson(time, JsonStyle::kCompact).status().code(), absl::StatusCode::kInternal);
  time.set_seconds(0);
  time.set_nanos(-1);
  EXPECT_FALSE(FormatJson(time, JsonStyle::kCompact).ok());
  google::protobuf::Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(FormatJson(duration, JsonStyle::kCompact).ok());
  Any any;
  any.set_type_url("type.googleapis.com/test.Nothing");
  EXPECT_THAT(FormatJson(any, JsonStyle::kCompact).status().message(), HasSubstr("test.Nothing"));
  EXPECT_FALSE(FormatJson(google::protobuf::Value(), JsonStyle::kCompact).ok());
  EXPECT_THAT(ToJson(any, JsonStyle::kCompact), HasSubstr("{} /* "));
}

TEST(Json, SetsAFieldFromAText) {
  const auto message = Kinds().New();
  const auto set = [&](std::string_view name, std::string_view text) {
    return SetFieldFromText(*message, FindJsonField(message->GetDescriptor(), name), text);
  };
  EXPECT_TRUE(set("oneInt64", "5") && set("oneBool", "true") && set("many_text", "a") && set("manyText", "b"));
  EXPECT_TRUE(set("oneColor", "RED") && set("oneMask", "fooBar") && set("oneTimestamp", "1970-01-01T00:00:01Z"));
  EXPECT_EQ(
      ToJson(*message, JsonStyle::kCompact),
      R"({"oneInt64":"5","oneBool":true,"oneColor":"RED","oneMask":"fooBar","oneTimestamp":"1970-01-01T00:00:01Z",)"
      R"("manyText":["a","b"]})");
  EXPECT_FALSE(set("oneInt64", "") || set("oneBool", "yes") || set("oneText", "\xff") || set("onePart", "{}"));
  EXPECT_FALSE(set("byText", "{}") || set("oneTimestamp", "now"));
}

// Fills messages with what protobuf's own JSON can say and read, too.
class Filler {
 public:
  explicit Filler(unsigned seed) : random_(seed) {}

  void Fill(Message& message, int depth) {
    const google::protobuf::Descriptor* type = message.GetDescriptor();
    const std::string& name = type->full_name();
    if (name == "google.protobuf.Any") return FillAny(message);
    if (name == "google.protobuf.Timestamp") return FillTime(message, -62'135'596'800, 253'402'300'799, false);
    if (name == "google.protobuf.Duration") return FillTime(message, -315'576'000'000, 315'576'000'000, true);
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const auto* oneof = field->real_containing_oneof();
      if (oneof != nullptr && oneof->field(Draw(oneof->field_count())) != field) continue;
      // A Value holds something.
      const bool needed = name == "google.protobuf.Value";
      if (!needed && Draw(depth + 2) > 0) continue;
      for (int repeats = field->is_repeated() ? Draw(3) : 1; repeats > 0; --repeats) Add(message, field, depth);
    }
    if (name == "google.protobuf.Value" && depth > 4) {
      message.Clear();
      message.GetReflection()->SetBool(&message, type->FindFieldByNumber(4), true);
    } else if (name == "google.protobuf.Value" && message.ByteSizeLong() == 0) {
      message.GetReflection()->SetString(&message, type->FindFieldByNumber(3), "");
    }
  }

 private:
  int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void FillTime(Message& message, int64_t least, int64_t most, bool signs) {
    const auto* type = message.GetDescriptor();
    const int64_t seconds = std::uniform_int_distribution<int64_t>(least + 1, most - 1)(random_);
    int nanos = std::array{0, 5'000'000, 1'000, 999'999'999, 1}[static_cast<size_t>(Draw(5))];
    if (signs && seconds < 0) nanos = -nanos;
    message.GetReflection()->SetInt64(&message, type->FindFieldByNumber(1), seconds);
    message.GetReflection()->SetInt32(&message, type->FindFieldByNumber(2), nanos);
  }

  void FillAny(Message& any) {
    google::protobuf::Type part;
    part.set_name(Text());
    part.add_oneofs(Text());
    const auto* type = any.GetDescriptor();
    any.GetReflection()->SetString(&any, type->FindFieldByNumber(1), "type.googleapis.com/google.protobuf.Type");
    any.GetReflection()->SetString(&any, type->FindFieldByNumber(2), part.SerializeAsString());
  }

  std::string Text() {
    std::string text;
    for (int size = Draw(8); size > 0; --size) {
      text += std::array{
          "a", "\"", "\\", "\n", "\x01", "é", "한", "😀", "<", "/", "\x7f", " "}[static_cast<size_t>(Draw(12))];
    }
    return text;
  }

  template <typename Number>
  Number Any_() {
    const auto bits = static_cast<uint64_t>(random_()) << 32 | random_();
    return Draw(3) == 0 ? std::numeric_limits<Number>::max() : static_cast<Number>(bits >> Draw(64));
  }
  double Real() {
    const std::array reals = {0.0, -0.5, 0.1, 1e300, 1e-300, 123456789.125, -7.0, 1e15, 3.0000000000000004};
    return reals[static_cast<size_t>(Draw(reals.size()))];
  }

  void Add(Message& message, const FieldDescriptor* field, int depth) {
    const auto& r = *message.GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return many ? r.AddInt32(&message, field, Any_<int32_t>()) : r.SetInt32(&message, field, Any_<int32_t>());
      case FieldDescriptor::CPPTYPE_INT64:
        return many ? r.AddInt64(&message, field, Any_<int64_t>()) : r.SetInt64(&message, field, Any_<int64_t>());
      case FieldDescriptor::CPPTYPE_UINT32:
        return many ? r.AddUInt32(&message, field, Any_<uint32_t>()) : r.SetUInt32(&message, field, Any_<uint32_t>());
      case FieldDescriptor::CPPTYPE_UINT64:
        return many ? r.AddUInt64(&message, field, Any_<uint64_t>()) : r.SetUInt64(&message, field, Any_<uint64_t>());
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return many ? r.AddDouble(&message, field, Real()) : r.SetDouble(&message, field, Real());
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const float value = std::array{0.5F, 0.1F, 3e38F, -7.0F}[static_cast<size_t>(Draw(4))];
        return many ? r.AddFloat(&message, field, value) : r.SetFloat(&message, field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return many ? r.AddBool(&message, field, Draw(2) > 0) : r.SetBool(&message, field, Draw(2) > 0);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = field->enum_type()->value(Draw(field->enum_type()->value_count()))->number();
        return many ? r.AddEnumValue(&message, field, value) : r.SetEnumValue(&message, field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        // Paths of a mask have names.
        const bool is_path = field->full_name() == "google.protobuf.FieldMask.paths";
        const std::string text = is_path ? "foo_bar.baz" : Text();
        return many ? r.AddString(&message, field, text) : r.SetString(&message, field, text);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return AddMessage(message, field, depth);
    }
  }

  void AddMessage(Message& message, const FieldDescriptor* field, int depth) {
    const bool is_value = field->message_type()->full_name() == "google.protobuf.Value";
    if (depth > 6 && !is_value) return;
    const auto& r = *message.GetReflection();
    if (field->is_map()) {
      // A key once.
      if (r.FieldSize(message, field) > 0) return;
      Message* entry = r.AddMessage(&message, field);
      Add(*entry, field->message_type()->map_key(), depth + 1);
      return Add(*entry, field->message_type()->map_value(), depth + 1);
    }
    Fill(field->is_repeated() ? *r.AddMessage(&message, field) : *r.MutableMessage(&message, field), depth + 1);
  }

  std::mt19937 random_;
};

TEST(Json, SaysWhatProtobufSays) {
  int compared = 0;
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    const auto message = Kinds().New();
    Filler(seed).Fill(*message, 0);
    const absl::StatusOr<std::string> ours = FormatJson(*message, JsonStyle::kCompact);
    ASSERT_TRUE(ours.ok()) << ours.status() << message->DebugString();
    std::string theirs;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &theirs).ok());
    const auto read_by_us = Kinds().New();
    const auto read_by_them = Kinds().New();
    const absl::Status status = FromJson(theirs, *read_by_us);
    ASSERT_TRUE(status.ok()) << status << '\n' << theirs;
    const auto they = google::protobuf::util::JsonStringToMessage(*ours, read_by_them.get());
    ASSERT_TRUE(they.ok()) << they << '\n' << *ours;
    EXPECT_TRUE(MessageDifferencer::Equals(*read_by_us, *message)) << theirs << '\n' << message->DebugString();
    EXPECT_TRUE(MessageDifferencer::Equals(*read_by_them, *message)) << *ours << '\n' << message->DebugString();
    compared += message->ByteSizeLong() > 0;
  }
  EXPECT_GT(compared, 1'500);
}

// A message with defaults and presence of its own, of a generated class.
TEST(Json, SaysMessagesOfProto2) {
  google::protobuf::FileDescriptorProto file;
  google::protobuf::Any::descriptor()->file()->CopyTo(&file);
  for (const JsonStyle style : {JsonStyle::kCompact, JsonStyle::kPretty, JsonStyle::kComplete}) {
    google::protobuf::FileDescriptorProto again;
    const absl::Status status = FromJson(ToJson(file, style), again);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(MessageDifferencer::Equals(file, again));
  }
}

TEST(EscapeJson, WritesWhatCannotStandAsItIs) {
  EXPECT_EQ(EscapeJson("a\"b\\c\n\x7f한"), "a\\\"b\\\\c\\u000a\\u007f한");
  EXPECT_EQ(EscapeJson("a\xff\xc3z"), "a\\ufffd\\ufffdz");
  EXPECT_EQ(EscapeJson(""), "");
}

}  // namespace
}  // namespace dangol
