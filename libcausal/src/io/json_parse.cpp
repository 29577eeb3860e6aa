// Reading JSON: nlohmann's event parser does the grammar, the builder below keeps order, depth and unique keys.

#include <algorithm>
#include <charconv>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "causal/io/json.hpp"
#include "causal/run/error.hpp"

namespace causal::io {
namespace {

constexpr std::size_t kMaxDepth = 256;

/// Reads the text and tells how far the parser has come, which its events do not.
class TrackingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  TrackingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  TrackingIterator& operator++() {
    ++at_;
    *reached_ = at_;
    return *this;
  }
  bool operator==(const TrackingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TrackingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// "syntax error while parsing value - unexpected end of input; expected ..." without the parser's own prefix and
/// without the echo of the offending bytes, which need not be printable.
std::string readable(std::string message) {
  if (const auto start = message.find("while parsing "); start != std::string::npos) {
    message = "JSON syntax error " + message.substr(start);
  } else if (const auto prefix = message.find("] "); prefix != std::string::npos) {
    message = message.substr(prefix + 2);
  }
  const auto echo = message.find("; last read: ");
  if (echo != std::string::npos) {
    const auto expected = message.rfind("; expected ");
    message.erase(echo, expected != std::string::npos && expected > echo ? expected - echo : std::string::npos);
  }
  return message;
}

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string& file) : text_(text), file_(file), reached_(text.data()) {}

  [[nodiscard]] const char** reached() { return &reached_; }
  [[nodiscard]] Json take() { return std::move(root_); }

  bool null() override { return add(Json()); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(std::int64_t value) override { return add(Json(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(Json(value)); }
  bool number_float(double, const std::string& digits) override {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // Too small for a double is zero with its sign, as in every other reader; too large the lexer refuses itself.
    if (error == std::errc::result_out_of_range) value = digits.front() == '-' ? -0.0 : 0.0;
    return add(Json(value));
  }
  bool string(std::string& value) override { return add(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    if (!open_.back().keys.insert(key).second) fail("key '" + key + "' stands twice in one object", offset());
    open_.back().key = std::move(key);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    fail(readable(error.what()), position == 0 ? 0 : position - 1);
  }

 private:
  struct Container {
    Json value;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  bool add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().value.is_object()) {
      open_.back().value.set(std::move(open_.back().key), std::move(value));
    } else {
      open_.back().value.push(std::move(value));
    }
    return true;
  }
  bool open(Json container) {
    if (open_.size() == kMaxDepth) fail("more than " + std::to_string(kMaxDepth) + " levels of nesting", offset());
    open_.push_back({std::move(container), {}, {}});
    return true;
  }
  bool close() {
    Json value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  /// Of the last character read.
  [[nodiscard]] std::size_t offset() const {
    const auto read = static_cast<std::size_t>(reached_ - text_.data());
    return read == 0 ? 0 : read - 1;
  }

  [[noreturn]] void fail(std::string message, std::size_t offset) const {
    const std::string_view before = text_.substr(0, std::min(offset, text_.size()));
    const auto line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    throw ParseError(std::move(message), file_, line, before.size() - start + 1);
  }

  std::string_view text_;
  const std::string& file_;
  const char* reached_;
  std::vector<Container> open_;
  Json root_;
};

}  // namespace

Json Json::parse(std::string_view text, const std::string& file) {
  Builder builder(text, file);
  nlohmann::json::sax_parse(TrackingIterator(text.data(), builder.reached()),
                            TrackingIterator(text.data() + text.size(), builder.reached()), &builder);
  return builder.take();
}

}  // namespace causal::io
