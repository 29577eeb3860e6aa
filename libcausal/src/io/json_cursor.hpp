#pragma once
// Reading JSON members so that every error names the path of the member.

#include <string>
#include <string_view>

#include "causal/io/json.hpp"
#include "causal/run/options.hpp"

namespace causal::io {

/// A value and the way to it from the root, as a chain of cursors: a parent must outlive its children. The path is put
/// together only when an error needs it.
class JsonCursor {
 public:
  explicit JsonCursor(const Json& root) : value_(&root) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  /// As "nodes[3].name"; "the document" at the root.
  [[nodiscard]] std::string path() const;
  /// Throws DataError with the path as its place.
  [[noreturn]] void fail(std::string message, std::string hint = {}) const;

  /// The member of that name. Errors: DataError when there is none, or this is no object.
  [[nodiscard]] JsonCursor at(std::string_view key) const;
  /// Whether there is such a member with a value other than null. Errors: DataError when this is no object.
  [[nodiscard]] bool has(std::string_view key) const;
  /// The element at that place, which must exist.
  [[nodiscard]] JsonCursor operator[](std::size_t index) const;
  /// Number of elements. Errors: DataError when this is no array.
  [[nodiscard]] std::size_t size() const;

  [[nodiscard]] bool boolean() const;
  [[nodiscard]] double number() const;  ///< null reads as NaN.
  [[nodiscard]] std::uint64_t unsigned_integer() const;
  [[nodiscard]] std::int64_t integer(std::int64_t low, std::int64_t high) const;  ///< DataError outside [low, high].
  [[nodiscard]] const std::string& string() const;
  /// The enumerator whose name the string is; the error lists all names.
  template <NamedEnum E>
  [[nodiscard]] E enumerator() const {
    if (const auto found = enum_from_name<E>(string())) return *found;
    std::string all;
    for (const auto& entry : EnumNames<E>::names) all += (all.empty() ? "" : ", ") + std::string(entry.second);
    fail("'" + string() + "' is none of " + all);
  }

 private:
  JsonCursor(const Json& value, const JsonCursor& parent, std::string_view key, std::size_t index)
      : value_(&value), parent_(&parent), key_(key), index_(index) {}

  template <class Read>
  decltype(auto) read(Read&& get) const {
    try {
      return get();
    } catch (const DataError& error) {
      fail(error.message());
    }
  }

  const Json* value_;
  const JsonCursor* parent_ = nullptr;
  std::string_view key_;  ///< Empty for an element.
  std::size_t index_ = 0;
};

}  // namespace causal::io
