#include <algorithm>

#include "causal/estimation/debias/debiaser.hpp"
#include "debias/calibration_rows.hpp"
#include "debias/trial_lattice.hpp"

namespace causal::estimation {
namespace {

class NaiveTrialMap final : public TrialMap {
 public:
  [[nodiscard]] MapUncertainty uncertainty(const TrialContrast&) const override { return {}; }
};

}  // namespace

NaiveDebiaser NaiveDebiaser::fit(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                 const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  check_calibration_rows("NaiveDebiaser::fit", predictions, outcomes, 2);
  NaiveDebiaser debiaser;
  debiaser.calibration_ = summarize_calibration(predictions, outcomes);
  debiaser.warnings_ = calibration_warnings(debiaser.calibration_, false);
  return debiaser;
}

NaiveDebiaser NaiveDebiaser::read(const io::Json& json) {
  NaiveDebiaser debiaser;
  debiaser.read_common(json);
  return debiaser;
}

io::Json NaiveDebiaser::to_json() const {
  io::Json json = io::Json::object();
  write_head(json);
  write_tail(json);
  return json;
}

Lattice NaiveDebiaser::lattice() const { return lattice_around(calibration_, 32); }

std::unique_ptr<TrialMap> NaiveDebiaser::trial_map(const PredictionCells&) const {
  auto map = std::make_unique<NaiveTrialMap>();
  const Lattice grid = lattice();
  map->values = {0, Eigen::VectorXd::Constant(1, grid.low), grid.step, grid.step};
  return map;
}

std::unique_ptr<Debiaser> NaiveDebiaser::resampled(RandomStream&) const {
  return std::make_unique<NaiveDebiaser>(*this);
}

void NaiveDebiaser::correct(std::span<const double> predictions, std::span<double> corrected, int) const {
  if (predictions.data() != corrected.data()) std::copy(predictions.begin(), predictions.end(), corrected.begin());
}

}  // namespace causal::estimation
