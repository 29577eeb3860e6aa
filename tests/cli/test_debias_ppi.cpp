// labels: cli golden
// causal debias ppi: means, quantiles and effects when some rows have the measured outcome.
#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

// Eight labelled rows and twelve without an outcome.
const std::string kRows =
    "f,y,a\n1.5,1,1\n1.8,2,0\n3.4,3,1\n3.9,4,0\n5.2,5,1\n5.5,6,0\n7.6,7,1\n7.7,8,0\n2,,1\n4,,0\n6,,1\n8,,0\n3,,1\n5,,"
    "0\n"
    "7,,1\n1,,0\n9,,1\n4.5,,0\n5.5,,1\n2.5,,0\n";

Json ppi(std::vector<std::string> more) {
  more.insert(more.begin(), {"debias", "ppi", folder().file("rows.csv", kRows), "--prediction", "f", "--outcome", "y"});
  more.emplace_back("--json");
  const ProcessResult result = run_causal(more);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Json record = Json::parse(result.out);
  static const JsonSchema schema =
      JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.estimate.1.schema.json");
  CHECK(schema.violation(record) == "");
  return record.at("estimates").as_array().front();
}

}  // namespace

// Computed in R from the published formulas.
TEST_CASE("the mean, with predictions trusted, ignored and weighed") {
  const Json trusted = ppi({"--tuning", "fixed", "--lambda", "1"});
  CHECK(trusted.at("value").as_number() == doctest::Approx(4.716666667).epsilon(1e-9));
  CHECK(trusted.at("std_error").as_number() == doctest::Approx(0.6913549331).epsilon(1e-9));
  const Json ignored = ppi({"--tuning", "fixed", "--lambda", "0"});
  CHECK(ignored.at("value").as_number() == doctest::Approx(4.5).epsilon(1e-12));
  const Json tuned = ppi({});
  CHECK(tuned.at("value").as_number() == doctest::Approx(4.616940237).epsilon(1e-9));
  CHECK(tuned.at("std_error").as_number() == doctest::Approx(0.5420236508).epsilon(1e-9));
}

TEST_CASE("two files give what one gives") {
  const std::string few = folder().file("few.csv", "f,y\n1.5,1\n1.8,2\n3.4,3\n3.9,4\n5.2,5\n5.5,6\n7.6,7\n7.7,8\n");
  const std::string many = folder().file("many.csv", "f\n2\n4\n6\n8\n3\n5\n7\n1\n9\n4.5\n5.5\n2.5\n");
  const ProcessResult result =
      run_causal({"debias", "ppi", many, "--labelled", few, "--prediction", "f", "--outcome", "y", "--json"});
  REQUIRE(result.exit_code == 0);
  CHECK(Json::parse(result.out).at("estimates").as_array().front().at("value").as_number() ==
        doctest::Approx(4.616940237).epsilon(1e-9));
}

TEST_CASE("an effect, a quantile, and what is refused") {
  CHECK(ppi({"--treatment", "a"}).at("estimand").as_string() == "ate");
  CHECK(ppi({"--quantile", "0.5", "--tuning", "fixed"}).at("value").as_number() == doctest::Approx(4.5));
  const std::string rows = folder().file("rows.csv", kRows);
  const auto code = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"debias", "ppi", rows});
    return run_causal(more).exit_code;
  };
  CHECK(code({"--prediction", "f"}) == 2);
  CHECK(code({"--prediction", "g", "--outcome", "y"}) == 2);
  CHECK(code({"--prediction", "f", "--outcome", "y", "--quantile", "1"}) == 2);
  CHECK(code({"--prediction", "f", "--outcome", "y", "--quantile", "0.5", "--treatment", "a"}) == 2);
  CHECK(code({"--prediction", "y", "--outcome", "f"}) == 3);
}
