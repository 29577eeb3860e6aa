#pragma once
// Cosines of many numbers at once.

#include <span>

namespace causal {

/// Replaces every number by its cosine: absolute error at most 1e-15 for |x| <= 1e6, about 2 ns each, the same bits on
/// any processor. Larger numbers are as accurate and slower; an infinity or NaN gives NaN.
void cosines_in_place(std::span<double> values);

}  // namespace causal
