// labels: unit determinism
// Effects from rows in pieces.

#include <memory>
#include <vector>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/streaming_ate.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

std::span<const double> part(const Eigen::VectorXd& v, Eigen::Index begin, Eigen::Index end) {
  return std::span<const double>(v.data(), static_cast<std::size_t>(v.size()))
      .subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

const test::PredictedStudy& study() {
  static const test::PredictedStudy made = test::draw_study(2000, 800, 400000, 1, 21);
  return made;
}

std::vector<std::unique_ptr<Debiaser>> debiasers() {
  const Eigen::VectorXd& f = study().calibration.prediction;
  const Eigen::VectorXd& y = study().calibration.outcome;
  std::vector<std::unique_ptr<Debiaser>> all;
  all.push_back(std::make_unique<NaiveDebiaser>(NaiveDebiaser::fit(f, y)));
  all.push_back(std::make_unique<LccDebiaser>(LccDebiaser::fit(f, y)));
  all.push_back(std::make_unique<LccDebiaser>(LccDebiaser::fit(f, y, {.transport = SlopeTransport::Berkson})));
  all.push_back(std::make_unique<TweedieDebiaser>(TweedieDebiaser::fit(f, y)));
  all.push_back(std::make_unique<TweedieDebiaser>(TweedieDebiaser::fit(f, y, {.score_source = ScoreSource::Trial})));
  return all;
}

void push(StreamingAte& stream, Eigen::Index begin, Eigen::Index end) {
  const test::PredictedTrial& rows = study().trial;
  stream.push(part(rows.prediction, begin, end), part(rows.treatment, begin, end), part(rows.propensity, begin, end));
}

}  // namespace

TEST_CASE("any split into pieces and shards gives the same effect") {
  const test::PredictedTrial& rows = study().trial;
  const Eigen::Index n = rows.outcome.size();
  for (const auto& debiaser : debiasers()) {
    CAPTURE(debiaser->method());
    const Estimate whole = debiaser->ate(rows.prediction, rows.treatment, {.propensity = rows.propensity});
    for (const auto& cuts : std::vector<std::vector<Eigen::Index>>{{0, 10, n}, {0, 5, 6, 1000, 200001, n}}) {
      StreamingAte pieces(*debiaser);
      StreamingAte merged(*debiaser);
      for (std::size_t k = cuts.size() - 1; k-- > 0;) {  // Last piece first.
        push(pieces, cuts[k], cuts[k + 1]);
        StreamingAte shard(*debiaser);
        push(shard, cuts[k], cuts[k + 1]);
        merged.merge(shard);
      }
      for (const StreamingAte* stream : {&pieces, &merged}) {
        const Estimate found = stream->finish();
        CHECK(found.value == doctest::Approx(whole.value).epsilon(1e-12));
        CHECK(found.std_error == doctest::Approx(whole.std_error).epsilon(1e-10));
        CHECK(found.n == n);
        CHECK(*found.diagnostics.find("largest_weight") == *whole.diagnostics.find("largest_weight"));
      }
    }
  }
}

TEST_CASE("the same pieces give the same bytes at 1, 2 and 4 threads") {
  for (const auto& debiaser : debiasers()) {
    std::vector<std::string> texts;
    for (const int threads : {1, 2, 4}) {
      StreamingAte stream(*debiaser, threads);
      push(stream, 0, 300000);
      push(stream, 300000, 400000);
      texts.push_back(estimate_to_json(stream.finish()).dump());
    }
    CHECK(texts[0] == texts[1]);
    CHECK(texts[0] == texts[2]);
    CHECK((debiaser->apply(study().trial.prediction, 1).array() == debiaser->apply(study().trial.prediction, 4).array())
              .all());
  }
}

TEST_CASE("a bad row is named by its place in the whole stream, and its piece is left out") {
  const auto all = debiasers();
  StreamingAte stream(*all[1]);
  push(stream, 0, 1000);
  const Estimate before = stream.finish();
  std::vector<double> f{0.1, 0.2, 0.3};
  const std::vector<double> a{0, 1, 7};
  try {
    stream.push(f, a);
    FAIL("a treatment of 7 was accepted");
  } catch (const DataError& error) {
    CHECK(error.message() == "the treatment of row 1003 is 7 and must be 0 or 1");
  }
  f[1] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(stream.push(f, std::vector<double>{0, 1, 1}), DataError);
  CHECK(stream.rows() == 1000);
  CHECK(estimate_to_json(stream.finish()).dump() == estimate_to_json(before).dump());
  stream.push({}, {});
  CHECK(stream.rows() == 1000);
}

TEST_CASE("what does not belong together") {
  const auto all = debiasers();
  StreamingAte a(*all[1]);
  StreamingAte b(*all[3]);
  CHECK_THROWS_AS(a.merge(b), InvalidArgument);
  CHECK_THROWS_AS((void)a.finish(), DataError);
}
