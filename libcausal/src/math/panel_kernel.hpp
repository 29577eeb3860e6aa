#pragma once
// The inner loop of every dense product here: two packed panels of eight into a tile held in registers.

#include <Eigen/Core>
#include <vector>

namespace causal::detail {

constexpr Eigen::Index kPanel = 8;  ///< Width of a panel: `depth` groups of eight doubles.

/// tile (column-major 8 x 8) += left^T right, both depth x 8 row-major panels at addresses divisible by 32. Terms enter
/// each sum in order of depth, so the bits do not depend on the processor.
void multiply_panels(const double* left, const double* right, Eigen::Index depth, double* tile);

/// Zeros at an address divisible by 64.
class PanelBuffer {
 public:
  explicit PanelBuffer(std::size_t size) : storage_(size + 8, 0.0) {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
    begin_ = storage_.data() + ((64 - address % 64) % 64) / sizeof(double);
  }
  PanelBuffer(const PanelBuffer&) = delete;
  PanelBuffer& operator=(const PanelBuffer&) = delete;
  [[nodiscard]] double* begin() { return begin_; }
  [[nodiscard]] const double* begin() const { return begin_; }

 private:
  std::vector<double> storage_;
  double* begin_;
};

[[nodiscard]] constexpr Eigen::Index panels_for(Eigen::Index width) { return (width + kPanel - 1) / kPanel; }

}  // namespace causal::detail
