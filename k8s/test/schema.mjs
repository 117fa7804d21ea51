// Each object is what the API's models say, and has no key that they do not know.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { label } from "./objects.mjs";

const require = createRequire(import.meta.url);
// By their path: the package exports the classes alone, which copy what they are given.
const SCHEMAS = join(dirname(require.resolve("kubernetes-models")), "_schemas");

// The models let unknown keys pass, but they read no key that they do not know.
function watched(value, path, unread) {
  if (typeof value !== "object" || value === null) return value;
  const inside = {};
  for (const key of Object.keys(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    unread.add(at);
    inside[key] = { at, value: watched(value[key], at, unread) };
  }
  return new Proxy(value, {
    get(target, key) {
      if (!Object.hasOwn(inside, key)) return target[key];
      unread.delete(inside[key].at);
      return inside[key].value;
    },
  });
}

function modelOf(object) {
  let found;
  try {
    found = require(`kubernetes-models/${object.apiVersion}/${object.kind}`);
  } catch {
    return undefined;
  }
  const name = Object.keys(found).find((key) => key.startsWith("Io"));
  return require(join(SCHEMAS, `${name}.js`));
}

export function schema(objects) {
  return objects.flatMap((object) => {
    const model = modelOf(object);
    if (!model) return [`${label(object)}: there is no ${object.apiVersion} ${object.kind}`];
    const unread = new Set();
    if (!model.validate(watched(object, "", unread))) {
      return model.validate.errors.map((error) => `${label(object)}: ${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`);
    }
    return [...unread].map((path) => `${label(object)}: unknown key ${path}`);
  });
}
