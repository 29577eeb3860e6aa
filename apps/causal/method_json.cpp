#include "method_json.hpp"

namespace causal::cli {

io::Json method_json(const MethodInfo& method) {
  io::Json object = io::Json::object();
  object.set("name", method.name);
  object.set("title", method.title);
  object.set("summary", method.summary);
  object.set("source", method.source);
  io::Json types = io::Json::array();
  for (const VariableType type : method.data_types) types.push(enum_name(type));
  object.set("data_types", std::move(types));
  io::Json assumptions = io::Json::array();
  for (const Assumption& assumption : method.assumptions) {
    io::Json item = io::Json::object();
    item.set("name", assumption.name);
    item.set("text", assumption.text);
    item.set("tested", assumption.tested);
    assumptions.push(std::move(item));
  }
  object.set("assumptions", std::move(assumptions));
  object.set("docs_page", method.docs_page);
  return object;
}

std::string data_types_text(const MethodInfo& method) {
  std::string text;
  for (const VariableType type : method.data_types) {
    if (!text.empty()) text += ", ";
    text += enum_name(type);
  }
  return text;
}

}  // namespace causal::cli
