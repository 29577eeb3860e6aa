#include <cmath>
#include <limits>

#include "causal/estimation/debias/tweedie.hpp"
#include "causal/io/options_json.hpp"
#include "causal/run/error.hpp"
#include "debias/debiaser_json.hpp"
#include "debias/trial_lattice.hpp"

namespace causal::estimation {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr Range kPositive{0, kInf, true, false};
constexpr double kMostNodes = 1 << 20;
constexpr double kMostWork = 1e9;  // Nodes times those that a bandwidth spans.

io::Json function_json(const NodeFunction& function) {
  io::Json json = io::Json::object();
  json.set("slope_below", function.slope_below);
  json.set("slope_above", function.slope_above);
  json.set("values", vector_json(function.values));
  return json;
}

NodeFunction read_function(const io::Json& json, std::string_view key, Eigen::Index nodes) {
  const io::Json& object = read_object(json, key);
  NodeFunction function;
  function.slope_below = read_number(object, "slope_below");
  function.slope_above = read_number(object, "slope_above");
  function.values = read_vector(object, "values", nodes);
  return function;
}

io::Json noise_json(const NoiseVariance& noise) {
  io::Json json = io::Json::object();
  json.set("variance", noise.variance);
  json.set("label_noise_var", noise.shift);
  if (noise.is_constant()) return json;
  json.set("knots", vector_json(noise.knots));
  json.set("coefficients", vector_json(noise.coefficients));
  json.set("bread", matrix_json(noise.bread));
  json.set("covariance", matrix_json(noise.covariance));
  return json;
}

NoiseVariance read_noise(const io::Json& json) {
  NoiseVariance noise;
  noise.variance = read_number(json, "variance", at_least(0));
  noise.shift = read_number(json, "label_noise_var", at_least(0));
  if (json.find("knots") == nullptr) return noise;
  noise.knots = read_vector(json, "knots");
  const Eigen::Index size = noise.knots.size();
  if (size < 3 || size > 64) refuse_file("a noise variance has from 3 to 64 knots");
  for (Eigen::Index k = 1; k < size; ++k) {
    if (!(noise.knots(k) > noise.knots(k - 1))) refuse_file("the knots of the noise variance do not ascend");
  }
  noise.coefficients = read_vector(json, "coefficients", size);
  noise.bread = read_matrix(json, "bread", size);
  noise.covariance = read_matrix(json, "covariance", size);
  return noise;
}

io::Json bins_json(const ResidualBins& bins) {
  io::Json json = io::Json::object();
  json.set("n", vector_json(bins.n));
  json.set("prediction", vector_json(bins.prediction));
  json.set("c", vector_json(bins.c));
  json.set("cc", vector_json(bins.cc));
  json.set("r", vector_json(bins.r));
  json.set("rr", vector_json(bins.rr));
  json.set("cr", vector_json(bins.cr));
  return json;
}

ResidualBins read_bins(const io::Json& json) {
  ResidualBins bins;
  bins.n = read_vector(json, "n", -1, at_least(1));
  const Eigen::Index size = bins.n.size();
  bins.prediction = read_vector(json, "prediction", size);
  bins.c = read_vector(json, "c", size);
  bins.cc = read_vector(json, "cc", size, at_least(0));
  bins.r = read_vector(json, "r", size);
  bins.rr = read_vector(json, "rr", size, at_least(0));
  bins.cr = read_vector(json, "cr", size);
  return bins;
}

io::Json score_json(const ScoreTable& score) {
  io::Json json = io::Json::object();
  json.set("bandwidth", score.bandwidth);
  json.set("factor", score.factor);
  json.set("n", score.n);
  json.set("mean", score.mean);
  json.set("variance", score.variance);
  json.set("low_edge", score.low_edge);
  json.set("high_edge", score.high_edge);
  json.set("tail_rows", score.tail_rows);
  json.set("gap_rows", score.gap_rows);
  json.set("score", function_json(score.score));
  json.set("density", vector_json(score.density));
  return json;
}

ScoreTable read_score(const io::Json& json, const Lattice& lattice) {
  const Eigen::Index nodes = lattice.last + 1;
  ScoreTable score;
  score.bandwidth = read_number(json, "bandwidth", kPositive);
  if (score.bandwidth / lattice.step * static_cast<double>(nodes) > kMostWork) {
    refuse_file("the bandwidth spans too many nodes");
  }
  score.factor = read_number(json, "factor", kPositive);
  score.n = read_number(json, "n", at_least(2));
  score.mean = read_number(json, "mean");
  score.variance = read_number(json, "variance", kPositive);
  const Range inside = closed_interval(0, static_cast<double>(lattice.last));
  score.low_edge = read_integer(json, "low_edge", inside);
  score.high_edge = read_integer(json, "high_edge", inside);
  if (score.low_edge > score.high_edge) refuse_file("the low edge of the score lies above the high one");
  score.tail_rows = read_number(json, "tail_rows", at_least(0));
  score.gap_rows = read_number(json, "gap_rows", at_least(0));
  score.score = read_function(json, "score", nodes);
  score.density = read_vector(json, "density", nodes, kPositive);
  return score;
}

}  // namespace

io::Json TweedieDebiaser::to_json() const {
  io::Json json = io::Json::object();
  write_head(json);
  json.set("options", io::options_to_json(options_));
  json.set("offset", offset_);
  json.set("noise_rows", n_noise_);
  json.set("shared_rows", shared_rows_);
  json.set("noise", noise_json(noise_));
  json.set("residuals", bins_json(bins_));
  io::Json grid = io::Json::object();
  grid.set("low", lattice_.low);
  grid.set("step", lattice_.step);
  if (!fits_on_trial()) grid.set("nodes", lattice_.last + 1);
  json.set("grid", std::move(grid));
  if (!fits_on_trial()) {
    json.set("score", score_json(score_));
    json.set("map", function_json(map_));
  }
  write_tail(json);
  return json;
}

TweedieDebiaser TweedieDebiaser::read(const io::Json& json) {
  TweedieDebiaser debiaser;
  debiaser.read_common(json);
  io::options_from_json(read_object(json, "options"), debiaser.options_);
  validate(debiaser.options_, "causal.debiaser/1");
  debiaser.offset_ = read_number(json, "offset");
  debiaser.n_noise_ = read_integer(json, "noise_rows", closed_interval(1, 9e15));
  debiaser.shared_rows_ = read_flag(json, "shared_rows");
  debiaser.noise_ = read_noise(read_object(json, "noise"));
  debiaser.bins_ = read_bins(read_object(json, "residuals"));
  const io::Json& grid = read_object(json, "grid");
  Lattice& lattice = debiaser.lattice_;
  lattice.low = read_number(grid, "low");
  lattice.step = read_number(grid, "step", kPositive);
  if (debiaser.fits_on_trial()) {
    lattice.first = -kTrialNodes;
    lattice.last = kTrialNodes;
    if (debiaser.shared_rows_) refuse_file("a score of the trial cannot share rows with the calibration");
    return debiaser;
  }
  lattice.last = read_integer(grid, "nodes", closed_interval(2, kMostNodes)) - 1;
  debiaser.score_ = read_score(read_object(json, "score"), lattice);
  debiaser.map_ = read_function(json, "map", lattice.last + 1);
  return debiaser;
}

}  // namespace causal::estimation
