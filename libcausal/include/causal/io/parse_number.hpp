#pragma once
// Decimal text to double, correctly rounded.

#include <string_view>

namespace causal::io {

/// How a text was read as a number.
enum class NumberStatus {
  Ok,
  OutOfRange,  ///< A number whose magnitude no double holds ("1e400"), or a spelled-out infinity.
  NotANumber   ///< Not a decimal number as a whole.
};

/// Reads the whole of `text` as a decimal number: optional sign, digits with an optional point, optional exponent; no
/// blanks. The value has the bits of std::from_chars; magnitudes below the smallest double round to zero.
[[nodiscard]] NumberStatus parse_number(std::string_view text, double& value);

}  // namespace causal::io
