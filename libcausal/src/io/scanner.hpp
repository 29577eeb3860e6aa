#pragma once
// Walking through a text by characters, with errors that know their line and column.

#include <string>
#include <string_view>

namespace causal::io {

/// A position in a text. The text must be UTF-8 and outlive the scanner; columns count bytes from 1.
class Scanner {
 public:
  /// Errors: ParseError at the first byte that is not UTF-8. A byte order mark is passed over.
  Scanner(std::string_view text, const std::string& file);

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  /// The character `ahead` places on; '\0' beyond the end.
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] bool at_line_start() const { return at_ == 0 || text_[at_ - 1] == '\n'; }
  void go_to(std::size_t position) { at_ = position; }
  void advance(std::size_t count = 1) { at_ += count; }
  /// Passes over `wanted` when it stands here.
  bool accept(std::string_view wanted);
  /// Passes over `wanted`. Errors: ParseError when something else stands here.
  void expect(std::string_view wanted);

  void skip_blanks();  ///< Spaces and tabs.
  void skip_spaces();  ///< Also line ends.
  /// Spaces, `//` to the end of the line and `/* */`; with `hash_lines` also lines that start with #.
  /// Errors: ParseError at a comment that is never closed.
  void skip_spaces_and_comments(bool hash_lines = false);
  /// The rest of this line without its end, which is passed over too.
  std::string_view line();
  /// After an opening quote, the text up to the closing one; \" and \\ stand for the second character.
  /// Errors: ParseError at the opening quote when it is never closed.
  std::string quoted();

  /// What stands here, for messages: a printable character in quotes, or "the end of the text".
  [[nodiscard]] std::string here() const;
  [[noreturn]] void fail(std::string message, std::string hint = {}) const {
    fail_at(at_, std::move(message), std::move(hint));
  }
  [[noreturn]] void fail_at(std::size_t position, std::string message, std::string hint = {}) const;

 private:
  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

/// In double quotes, with a backslash before quotes and backslashes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace causal::io
