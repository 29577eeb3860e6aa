#include "json_cursor.hpp"

#include "causal/run/error.hpp"

namespace causal::io {

std::string JsonCursor::path() const {
  if (parent_ == nullptr) return "the document";
  std::string before = parent_->parent_ == nullptr ? "" : parent_->path();
  if (key_.empty()) return before + "[" + std::to_string(index_) + "]";
  return before + (before.empty() ? "" : ".") + std::string(key_);
}

void JsonCursor::fail(std::string message, std::string hint) const {
  throw DataError(std::move(message), path(), std::move(hint));
}

JsonCursor JsonCursor::at(std::string_view key) const {
  static_cast<void>(read([&]() -> const Json::Object& { return value_->as_object(); }));
  const Json* member = value_->find(key);
  if (member == nullptr) fail("member '" + std::string(key) + "' is missing");
  return {*member, *this, key, 0};
}

bool JsonCursor::has(std::string_view key) const {
  static_cast<void>(read([&]() -> const Json::Object& { return value_->as_object(); }));
  const Json* member = value_->find(key);
  return member != nullptr && !member->is_null();
}

JsonCursor JsonCursor::operator[](std::size_t index) const { return {value_->as_array()[index], *this, {}, index}; }

std::size_t JsonCursor::size() const {
  return read([&]() -> const Json::Array& { return value_->as_array(); }).size();
}

bool JsonCursor::boolean() const {
  return read([&] { return value_->as_bool(); });
}

double JsonCursor::number() const {
  return read([&] { return value_->as_number(); });
}

std::uint64_t JsonCursor::unsigned_integer() const {
  return read([&] { return value_->as_unsigned(); });
}

std::int64_t JsonCursor::integer(std::int64_t low, std::int64_t high) const {
  const std::int64_t number = read([&] { return value_->as_integer(); });
  if (number < low || number > high) {
    fail(std::to_string(number) + " lies outside " + std::to_string(low) + ".." + std::to_string(high));
  }
  return number;
}

const std::string& JsonCursor::string() const {
  return read([&]() -> const std::string& { return value_->as_string(); });
}

}  // namespace causal::io
