#include "causal/run/options.hpp"

#include <fmt/format.h>

#include <cmath>

namespace causal {

bool Range::contains(double value) const {
  const bool above = low_open ? value > low : value >= low;
  const bool below = high_open ? value < high : value <= high;
  return above && below;
}

std::string Range::text() const {
  return fmt::format("{}{}, {}{}", low_open || std::isinf(low) ? '(' : '[', low, high,
                     high_open || std::isinf(high) ? ')' : ']');
}

namespace detail {

void throw_out_of_range(std::string_view function, const Field& field, const std::string& value) {
  throw InvalidArgument(std::string(function), std::string(field.name), value, "lie in " + field.range.text());
}

std::string option_text(double value) { return fmt::format("{}", value); }

}  // namespace detail
}  // namespace causal
