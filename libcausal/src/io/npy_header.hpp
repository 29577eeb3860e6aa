#pragma once
// The header of a .npy file: where its elements begin and how they lie.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "causal/run/error.hpp"

namespace causal::io {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// How the elements of an array lie in its file.
struct NpyLayout {
  char kind = 'f';  // b, i, u or f
  std::size_t size = 8;
  bool swapped = false;
  bool fortran = false;
  std::int64_t rows = 0;
  std::int64_t cols = 1;
};

/// A cursor over the file that reports errors by byte offset.
class NpyReader {
 public:
  NpyReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  [[noreturn]] void fail(const std::string& message, const std::string& hint = {}) const { fail(at_, message, hint); }
  [[noreturn]] void fail(std::size_t at, const std::string& message, const std::string& hint = {}) const {
    throw DataError(message, name_ + ":byte " + std::to_string(at), hint);
  }
  [[nodiscard]] std::size_t at() const { return at_; }
  void seek(std::size_t at) { at_ = at; }
  void limit(std::size_t end) { bytes_ = bytes_.substr(0, end); }

  std::string_view take(std::size_t count) {
    if (bytes_.size() - at_ < count) fail("the .npy file ends inside its header");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  void skip_blanks() {
    while (at_ < bytes_.size() && (bytes_[at_] == ' ' || bytes_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    const bool found = at_ < bytes_.size() && bytes_[at_] == c;
    if (found) ++at_;
    return found;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("the .npy header lacks a '") + c + "' here");
  }
  std::string_view quoted() {
    skip_blanks();
    const char quote = at_ < bytes_.size() ? bytes_[at_] : '\0';
    if (quote != '\'' && quote != '"') fail("the .npy header lacks a quoted text here");
    const std::size_t close = bytes_.find(quote, at_ + 1);
    if (close == std::string_view::npos) fail("the .npy header has an open quote");
    const std::string_view text = bytes_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return text;
  }
  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {std::string_view("True"), std::string_view("False")}) {
      if (bytes_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail("the .npy header lacks True or False here");
  }
  std::int64_t size() {
    skip_blanks();
    std::int64_t value = 0;
    const char* begin = bytes_.data() + at_;
    const auto result = std::from_chars(begin, bytes_.data() + bytes_.size(), value);
    if (result.ec != std::errc{} || value < 0) fail("the .npy header lacks a size here");
    at_ += static_cast<std::size_t>(result.ptr - begin);
    return value;
  }

 private:
  std::string_view bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

/// Reads the header and leaves the reader at the first element. Errors: DataError whose place is the byte.
[[nodiscard]] NpyLayout read_npy_header(NpyReader& reader, std::size_t file_size);

/// Errors: DataError unless the file ends with the last element. The reader stands at the first.
void check_npy_size(const NpyReader& reader, const NpyLayout& layout, std::size_t available);

/// The header of an array of float64 in the byte order of this machine, format version 1.
void write_npy_header(std::ostream& out, std::int64_t rows, std::int64_t cols, bool fortran);

}  // namespace causal::io
