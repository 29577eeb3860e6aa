#pragma once
// Checks a JSON value against a JSON Schema (draft 2020-12), for the keywords our schemas use.

#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "causal/io/json.hpp"

namespace causal::test {

/// The whole file. Throws std::runtime_error when it cannot be read.
inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Supports type, const, enum, minimum, maximum, minLength, required, properties, additionalProperties (a schema),
/// items, minItems, maxItems, anyOf, oneOf and $ref to #/$defs/NAME. A keyword it does not know throws, so that no
/// constraint of a schema is passed over in silence.
class JsonSchema {
 public:
  explicit JsonSchema(io::Json schema) : root_(std::move(schema)) {}
  static JsonSchema from_file(const std::string& path) { return JsonSchema(io::Json::parse(file_text(path), path)); }

  /// The first violation as "path: complaint", or "" when the value conforms.
  [[nodiscard]] std::string violation(const io::Json& value) const { return check(root_, value, "$"); }

 private:
  static bool has_type(const io::Json& value, std::string_view type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_bool();
    if (type == "integer") return value.is_integer();
    if (type == "number") return value.is_number();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    throw std::runtime_error("unknown type in schema: " + std::string(type));
  }

  std::string check(const io::Json& schema, const io::Json& value, const std::string& path) const {
    for (const auto& [keyword, rule] : schema.as_object()) {
      std::string found = apply(schema, keyword, rule, value, path);
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string apply(const io::Json& schema, const std::string& keyword, const io::Json& rule, const io::Json& value,
                    const std::string& path) const {
    const auto unless = [&](bool holds) {
      return holds ? std::string() : path + ": breaks " + keyword + " " + rule.dump();
    };
    const auto size = [&] { return static_cast<std::int64_t>(value.is_array() ? value.as_array().size() : 0); };
    if (keyword == "$schema" || keyword == "title" || keyword == "description" || keyword == "$defs") return {};
    if (keyword == "type") return unless(check_type(rule, value));
    if (keyword == "const") return unless(value == rule);
    if (keyword == "enum") return unless(contains(rule.as_array(), value));
    if (keyword == "minimum") return unless(!value.is_number() || value.as_number() >= rule.as_number());
    if (keyword == "maximum") return unless(!value.is_number() || value.as_number() <= rule.as_number());
    if (keyword == "minLength") {
      return unless(!value.is_string() || static_cast<std::int64_t>(value.as_string().size()) >= rule.as_integer());
    }
    if (keyword == "minItems") return unless(!value.is_array() || size() >= rule.as_integer());
    if (keyword == "maxItems") return unless(!value.is_array() || size() <= rule.as_integer());
    if (keyword == "anyOf") return unless(matches(rule, value, path) >= 1);
    if (keyword == "oneOf") return unless(matches(rule, value, path) == 1);
    if (keyword == "$ref") return check(definition(rule.as_string()), value, path);
    if (keyword == "items") return check_items(rule, value, path);
    if (keyword == "required" || keyword == "properties" || keyword == "additionalProperties") {
      return value.is_object() ? check_members(schema, keyword, rule, value, path) : std::string();
    }
    throw std::runtime_error("unknown keyword in schema: " + keyword);
  }

  static bool check_type(const io::Json& rule, const io::Json& value) {
    if (rule.is_string()) return has_type(value, rule.as_string());
    for (const io::Json& type : rule.as_array()) {
      if (has_type(value, type.as_string())) return true;
    }
    return false;
  }

  static bool contains(const io::Json::Array& array, const io::Json& value) {
    for (const io::Json& element : array) {
      if (element == value) return true;
    }
    return false;
  }

  int matches(const io::Json& schemas, const io::Json& value, const std::string& path) const {
    int count = 0;
    for (const io::Json& schema : schemas.as_array()) count += check(schema, value, path).empty() ? 1 : 0;
    return count;
  }

  const io::Json& definition(std::string_view reference) const {
    constexpr std::string_view kPrefix = "#/$defs/";
    if (reference.substr(0, kPrefix.size()) != kPrefix) throw std::runtime_error("unknown $ref in schema");
    return root_.at("$defs").at(reference.substr(kPrefix.size()));
  }

  std::string check_items(const io::Json& rule, const io::Json& value, const std::string& path) const {
    if (!value.is_array()) return {};
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      std::string found = check(rule, value.as_array()[i], path + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string check_members(const io::Json& schema, const std::string& keyword, const io::Json& rule,
                            const io::Json& value, const std::string& path) const {
    if (keyword == "required") {
      for (const io::Json& key : rule.as_array()) {
        if (value.find(key.as_string()) == nullptr) return path + ": lacks " + key.as_string();
      }
      return {};
    }
    const io::Json* named = schema.find("properties");
    for (const auto& [key, member] : value.as_object()) {
      const io::Json* known = named == nullptr ? nullptr : named->find(key);
      const io::Json* applies = keyword == "properties" ? known : known == nullptr ? &rule : nullptr;
      if (applies == nullptr) continue;
      std::string found = check(*applies, member, path + "." + key);
      if (!found.empty()) return found;
    }
    return {};
  }

  io::Json root_;
};

}  // namespace causal::test
