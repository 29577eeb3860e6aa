#pragma once
// Exceptions for wrong input and wrong calls. What the numbers or the theory refuse is a value, never an exception.

#include <stdexcept>
#include <string>

namespace causal {

/// Base of every exception the library throws.
///
/// Carries three parts that a front end shows on three lines: what went wrong, where (file:line:column, column name,
/// argument), and what to do about it. `what()` joins the non-empty parts with newlines.
class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, std::string where = {}, std::string hint = {});
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  std::string message_;
  std::string where_;
  std::string hint_;
};

/// A call with an argument outside its documented domain: an option out of range, an unknown variable name.
class InvalidArgument : public Error {
 public:
  using Error::Error;
  /// Names function, argument, the value given and the rule it breaks, e.g.
  /// `pc: alpha = 1.5 must lie in (0, 1)`.
  InvalidArgument(const std::string& function, const std::string& argument, const std::string& value,
                  const std::string& rule);
};

/// Data that cannot be used: unreadable cells, constant columns, too few rows.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A text that is not in the format it should be in. `where()` is `file:line:column`, 1-based.
class ParseError : public DataError {
 public:
  ParseError(std::string message, const std::string& file, std::size_t line, std::size_t column, std::string hint = {});
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] std::size_t column() const { return column_; }

 private:
  std::size_t line_;
  std::size_t column_;
};

/// A graph or background knowledge that breaks the invariant its type promises (a cycle, a contradiction).
class GraphError : public Error {
 public:
  using Error::Error;
};

/// A run that would pass a memory or work limit; thrown before it starts.
class BudgetError : public Error {
 public:
  using Error::Error;
};

/// The operating system refused to read or write.
class IoError : public Error {
 public:
  using Error::Error;
};

namespace detail {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

/// Our own bug: unreachable from user input. Throws std::logic_error with file and line, in every build type.
#define CAUSAL_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::causal::detail::assertion_failed(#expression, __FILE__, __LINE__))

}  // namespace causal
