#include "causal/io/json.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "causal/run/error.hpp"
#include "utf8.hpp"

namespace causal::io {
namespace {

void append_string(std::string_view text, std::string& out) {
  if (const auto bad = first_invalid_utf8(text)) {
    throw DataError(
        "text is not UTF-8 and cannot be written as JSON",
        "byte " + std::to_string(*bad + 1) + " of the string that starts '" + std::string(text.substr(0, *bad)) + "'",
        "Convert the input to UTF-8.");
  }
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          constexpr std::string_view kHex = "0123456789abcdef";
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4U];
          out += kHex[static_cast<unsigned char>(c) & 15U];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_double(double value, std::string& out) {
  char digits[32];
  const char* const end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

bool is_scalar(const Json& value) { return !value.is_array() && !value.is_object(); }

bool holds_only_scalars(const Json& value) {
  if (value.is_array()) {
    for (const Json& element : value.as_array()) {
      if (!is_scalar(element)) return false;
    }
  } else if (value.is_object()) {
    for (const auto& member : value.as_object()) {
      if (!is_scalar(member.second)) return false;
    }
  }
  return true;
}

/// Writes one value; `indent` < 0 for compact text, `depth` counts the containers around the value.
class Writer {
 public:
  Writer(int indent, std::string& out) : indent_(indent), out_(out) {}

  void write(const Json& value, int depth) {
    if (value.is_array()) {
      write_array(value, depth);
    } else if (value.is_object()) {
      write_object(value, depth);
    } else {
      write_scalar(value);
    }
  }

 private:
  void write_scalar(const Json& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_string()) {
      append_string(value.as_string(), out_);
    } else if (!value.is_integer()) {
      append_double(value.as_number(), out_);
    } else if (value.is_negative_integer()) {
      out_ += std::to_string(value.as_integer());
    } else {
      out_ += std::to_string(value.as_unsigned());
    }
  }

  void write_array(const Json& value, int depth) {
    const bool broken = is_broken(value);
    out_ += '[';
    bool first = true;
    for (const Json& element : value.as_array()) {
      separate(first, broken, depth);
      write(element, depth + 1);
    }
    close(']', broken, depth);
  }

  void write_object(const Json& value, int depth) {
    const bool broken = is_broken(value);
    out_ += '{';
    bool first = true;
    for (const auto& [key, member] : value.as_object()) {
      separate(first, broken, depth);
      append_string(key, out_);
      out_ += indent_ < 0 ? ":" : ": ";
      write(member, depth + 1);
    }
    close('}', broken, depth);
  }

  [[nodiscard]] bool is_broken(const Json& value) const { return indent_ >= 0 && !holds_only_scalars(value); }

  void separate(bool& first, bool broken, int depth) {
    if (!first) out_ += (indent_ < 0 || broken) ? "," : ", ";
    if (broken) new_line(depth + 1);
    first = false;
  }
  void close(char bracket, bool broken, int depth) {
    if (broken) new_line(depth);
    out_ += bracket;
  }
  void new_line(int depth) {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(depth), ' ');
  }

  int indent_;
  std::string& out_;
};

[[noreturn]] void wrong_type(std::string_view wanted, const Json& found) {
  throw DataError("expected " + std::string(wanted) + " but found " + std::string(found.type_name()));
}

}  // namespace

Json::Json(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    value_ = static_cast<std::int64_t>(value);
  } else {
    value_ = value;
  }
}

Json::Json(double value) {
  if (std::isfinite(value)) value_ = value;
}

std::string_view Json::type_name() const {
  if (is_null()) return "null";
  if (is_bool()) return "a boolean";
  if (is_number()) return "a number";
  if (is_string()) return "a string";
  return is_array() ? "an array" : "an object";
}

bool Json::is_negative_integer() const {
  const auto* number = std::get_if<std::int64_t>(&value_);
  return number != nullptr && *number < 0;
}

bool Json::as_bool() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  wrong_type("a boolean", *this);
}

std::int64_t Json::as_integer() const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  if (is_integer()) throw DataError("expected an integer below 2^63 but found " + dump());
  if (is_number()) throw DataError("expected an integer but found " + dump());
  wrong_type("an integer", *this);
}

std::uint64_t Json::as_unsigned() const {
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return *value;
  const std::int64_t value = as_integer();
  if (value < 0) throw DataError("expected a non-negative integer but found " + std::to_string(value));
  return static_cast<std::uint64_t>(value);
}

double Json::as_number() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
  if (is_null()) return std::numeric_limits<double>::quiet_NaN();
  wrong_type("a number", *this);
}

const std::string& Json::as_string() const {
  if (const auto* value = std::get_if<std::string>(&value_)) return *value;
  wrong_type("a string", *this);
}

const Json::Array& Json::as_array() const {
  if (const auto* value = std::get_if<Array>(&value_)) return *value;
  wrong_type("an array", *this);
}

const Json::Object& Json::as_object() const {
  if (const auto* value = std::get_if<Object>(&value_)) return *value;
  wrong_type("an object", *this);
}

const Json* Json::find(std::string_view key) const {
  if (const auto* members = std::get_if<Object>(&value_)) {
    for (const auto& [name, value] : *members) {
      if (name == key) return &value;
    }
  }
  return nullptr;
}

const Json& Json::at(std::string_view key) const {
  static_cast<void>(as_object());
  if (const Json* value = find(key)) return *value;
  throw DataError("member '" + std::string(key) + "' is missing");
}

void Json::set(std::string key, Json value) {
  if (is_null()) value_ = Object{};
  auto* members = std::get_if<Object>(&value_);
  if (members == nullptr) wrong_type("an object", *this);
  members->emplace_back(std::move(key), std::move(value));
}

void Json::push(Json value) {
  if (is_null()) value_ = Array{};
  auto* elements = std::get_if<Array>(&value_);
  if (elements == nullptr) wrong_type("an array", *this);
  elements->push_back(std::move(value));
}

std::string Json::dump(int indent) const {
  std::string out;
  Writer(indent, out).write(*this, 0);
  return out;
}

}  // namespace causal::io
