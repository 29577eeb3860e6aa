#pragma once
// A treatment effect from rows that come in pieces.

#include <cstdint>
#include <span>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

/// Gathers a trial piece by piece, in memory that depends on the debiaser's grid only; pieces gathered apart merge.
///
/// Any split of the rows into pieces and shards gives the same effect to about 1e-12; the same pieces in the same order
/// give the same bytes at any number of threads. The debiaser must outlive this. Not for use by several threads at
/// once.
class StreamingAte {
 public:
  explicit StreamingAte(const Debiaser& debiaser, int threads = 0);

  /// Adds rows. predictions and treatment (0 or 1): n; propensity or weights as in TrialWeights, each n or empty.
  /// Errors: DataError naming row (counted from the first row pushed) and column; InvalidArgument for sizes. Nothing of
  /// the piece is added then.
  void push(std::span<const double> predictions, std::span<const double> treatment,
            std::span<const double> propensity = {}, std::span<const double> weights = {});
  /// Adds the rows of another one on the same debiaser. Errors: InvalidArgument when the grids differ.
  void merge(const StreamingAte& other);
  /// The effect of treatment. Errors: DataError for fewer than 2 rows or an arm without weight.
  [[nodiscard]] Estimate finish(const DebiasedEffectOptions& options = {}) const;
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  const Debiaser* debiaser_;
  int threads_;
  PredictionCells control_;
  PredictionCells treated_;
  std::int64_t rows_ = 0;
  std::int64_t zero_weights_ = 0;
  std::int64_t outside_support_ = 0;
  double largest_weight_ = 0;
};

}  // namespace causal::estimation
