#include "scanner.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "utf8.hpp"

namespace causal::io {

Scanner::Scanner(std::string_view text, const std::string& file) : text_(text), file_(file) {
  if (const auto bad = first_invalid_utf8(text)) {
    fail_at(*bad, "this byte is not UTF-8", "Convert the file to UTF-8.");
  }
  accept("\xEF\xBB\xBF");
}

bool Scanner::accept(std::string_view wanted) {
  if (rest().substr(0, wanted.size()) != wanted) return false;
  at_ += wanted.size();
  return true;
}

void Scanner::expect(std::string_view wanted) {
  if (!accept(wanted)) fail("expected '" + std::string(wanted) + "' but found " + here());
}

void Scanner::skip_blanks() {
  while (peek() == ' ' || peek() == '\t') ++at_;
}

void Scanner::skip_spaces() {
  while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
}

void Scanner::skip_spaces_and_comments(bool hash_lines) {
  while (true) {
    skip_spaces();
    const std::size_t start = at_;
    if (hash_lines && at_line_start() && peek() == '#') {
      line();
    } else if (accept("//")) {
      line();
    } else if (accept("/*")) {
      const std::size_t end = rest().find("*/");
      if (end == std::string_view::npos) fail_at(start, "this comment is never closed");
      advance(end + 2);
    } else {
      return;
    }
  }
}

std::string_view Scanner::line() {
  const std::string_view after = rest();
  const std::size_t length = std::min(after.find('\n'), after.size());
  at_ += std::min(length + 1, after.size());
  const bool has_return = length > 0 && after[length - 1] == '\r';
  return after.substr(0, has_return ? length - 1 : length);
}

std::string Scanner::quoted() {
  const std::size_t start = at_;
  expect("\"");
  std::string text;
  while (!accept("\"")) {
    if (at_end()) fail_at(start, "this quote is never closed");
    if (peek() == '\\' && (peek(1) == '"' || peek(1) == '\\')) advance();
    text += peek();
    advance();
  }
  return text;
}

std::string Scanner::here() const {
  if (at_end()) return "the end of the text";
  // All bytes of one character; the text is known to be UTF-8.
  std::size_t length = 1;
  while ((static_cast<unsigned char>(peek(length)) & 0xC0U) == 0x80U) ++length;
  if (static_cast<unsigned char>(peek()) < 0x20) return peek() == '\n' ? "the end of the line" : "a control character";
  return "'" + std::string(rest().substr(0, length)) + "'";
}

void Scanner::fail_at(std::size_t position, std::string message, std::string hint) const {
  const std::string_view before = text_.substr(0, std::min(position, text_.size()));
  const auto line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  throw ParseError(std::move(message), file_, line, before.size() - start + 1, std::move(hint));
}

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace causal::io
