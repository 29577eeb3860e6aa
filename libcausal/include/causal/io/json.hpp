#pragma once
// The one JSON value: what every result of every module is written as.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace causal::io {

/// A JSON value with key order kept.
///
/// A number is an integer (-2^63 .. 2^64 - 1) or a double, and stays what it was through text: a double is written as
/// the shortest digits that read back to it and always with a point or an exponent (1.0, 1e+22), so an integral double
/// never turns into an integer. Digits beyond the integer range read as a double; a double that overflows is an error.
/// NaN and infinities become null. Strings are UTF-8: text that is not is refused on both ways, never repaired.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value);  ///< Held as int64 when it fits.
  Json(double value);         ///< NaN and infinities become null.
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(value_); }
  [[nodiscard]] bool is_integer() const {
    return std::holds_alternative<std::int64_t>(value_) || std::holds_alternative<std::uint64_t>(value_);
  }
  [[nodiscard]] bool is_negative_integer() const;
  [[nodiscard]] bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(value_); }
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(value_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// The value as that type. Errors: DataError naming the type wanted and the type found.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_integer() const;    ///< Errors also when above 2^63 - 1.
  [[nodiscard]] std::uint64_t as_unsigned() const;  ///< Errors also when negative.
  [[nodiscard]] double as_number() const;           ///< null reads as NaN.
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const Array& as_array() const;
  [[nodiscard]] const Object& as_object() const;

  /// What is held, in words: null, a boolean, a number, a string, an array, an object.
  [[nodiscard]] std::string_view type_name() const;

  /// The member with that key, or nullptr (also when this is no object). Cost: linear in the number of members.
  [[nodiscard]] const Json* find(std::string_view key) const;
  /// The member with that key. Errors: DataError naming the key.
  [[nodiscard]] const Json& at(std::string_view key) const;
  /// Appends a member (objects) or an element (arrays); a null value becomes an object or array first. The key must be
  /// new: this is not looked up. Errors: DataError when something else is held.
  void set(std::string key, Json value);
  void push(Json value);

  /// Compact (indent < 0) or pretty text; doubles shortest-round-trip, keys in order. Pretty text keeps arrays and
  /// objects that hold only scalars on one line.
  /// Errors: DataError naming the string that is not UTF-8.
  [[nodiscard]] std::string dump(int indent = -1) const;
  /// Errors: ParseError with line and column (in bytes). `file` names the source in errors. Nesting is limited to 256
  /// levels; a repeated key in one object, invalid UTF-8 and text after the value are errors.
  static Json parse(std::string_view text, const std::string& file = "<json>");

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

}  // namespace causal::io
