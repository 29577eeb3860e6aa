#include "causal/run/error.hpp"

namespace causal {
namespace {

std::string joined(const std::string& message, const std::string& where, const std::string& hint) {
  std::string text = message;
  if (!where.empty()) text += "\n" + where;
  if (!hint.empty()) text += "\n" + hint;
  return text;
}

}  // namespace

Error::Error(std::string message, std::string where, std::string hint)
    : std::runtime_error(joined(message, where, hint)),
      message_(std::move(message)),
      where_(std::move(where)),
      hint_(std::move(hint)) {}

InvalidArgument::InvalidArgument(const std::string& function, const std::string& argument, const std::string& value,
                                 const std::string& rule)
    : Error(function + ": " + argument + " = " + value + " must " + rule) {}

ParseError::ParseError(std::string message, const std::string& file, std::size_t line, std::size_t column,
                       std::string hint)
    : DataError(std::move(message), file + ":" + std::to_string(line) + ":" + std::to_string(column), std::move(hint)),
      line_(line),
      column_(column) {}

namespace detail {

void assertion_failed(const char* expression, const char* file, int line) {
  throw std::logic_error(std::string("internal error: ") + expression + " does not hold at " + file + ":" +
                         std::to_string(line));
}

}  // namespace detail
}  // namespace causal
