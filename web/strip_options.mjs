// Takes out of a set of descriptors what pages have no use for: limits of fields, rights and HTTP paths of methods. They are a third of what a page
// would load of each proto. usage: node strip_options.mjs FILE
import { readFileSync, writeFileSync } from "node:fs";

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

// Those in which the options are declared.
const DECLARED_IN = ["dangol/api/v1/options.proto", "google/api/annotations.proto"];

// What is declared in an extension is unknown here; what protobuf itself knows, such as NO_SIDE_EFFECTS, stays.
function strip(one) {
  if (!one.options) return;
  delete one.options.$unknown;
  if (Object.keys(one.options).every((key) => key === "$typeName" || key === "uninterpretedOption")) delete one.options;
}

function stripMessage(message) {
  message.field.forEach(strip);
  message.nestedType.forEach(stripMessage);
}

const [file] = process.argv.slice(2);
const set = fromBinary(FileDescriptorSetSchema, readFileSync(file));
for (const proto of set.file) {
  proto.dependency = proto.dependency.filter((name) => !DECLARED_IN.includes(name));
  proto.messageType.forEach(stripMessage);
  for (const service of proto.service) service.method.forEach(strip);
}
writeFileSync(file, toBinary(FileDescriptorSetSchema, set));
