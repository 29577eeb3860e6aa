// labels: unit determinism
// Grids that were stopped go on as if nothing had happened, and files that do not fit are refused.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stop_token>

#include "causal/bandits/run/grid.hpp"
#include "causal/bandits/run/policy_registry.hpp"
#include "causal/io/sha256.hpp"
#include "causal/run/error.hpp"
#include "support/process.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

const test::TemporaryFolder& folder() {
  static const test::TemporaryFolder made;
  return made;
}

std::vector<GridPolicy> policies_of(const std::vector<std::string>& names, std::atomic<int>* made = nullptr) {
  std::vector<GridPolicy> policies;
  for (const std::string& name : names) {
    const PolicyEntry& entry = find_policy(name);
    policies.push_back({name, [&entry, made](const LinearArms& arms) {
                          if (made != nullptr) ++*made;
                          return entry.make(arms, 60, {});
                        }});
  }
  return policies;
}

GridOptions options_of(const std::string& path, int threads) {
  return {.horizon = 60,
          .instances = 6,
          .bootstrap = 100,
          .checkpoints = {10},
          .curve_points = 5,
          .keep_traces = true,
          .checkpoint_path = path,
          .identity = "edges 0.5\n",
          .run = {.threads = threads, .seed = 4}};
}

RandomSystem small_system(std::uint64_t seed) { return random_system(4, {}, seed); }

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
}

}  // namespace

TEST_CASE("a grid that was stopped gives, when it goes on, what it would have given") {
  const std::vector<std::string> names{"uniform", "linear_thompson"};
  const GridResult whole = play_grid(policies_of(names), small_system, options_of("", 1));
  for (const int threads : {1, 2, 4}) {
    const std::string path = folder() / ("stopped" + std::to_string(threads));
    std::stop_source stopper;
    int systems = 0;
    const InstanceFactory stopping = [&](std::uint64_t seed) {
      if (++systems == 5) stopper.request_stop();
      return small_system(seed);
    };
    GridOptions first = options_of(path, 1);
    first.run.stop = stopper.get_token();
    const GridResult part = play_grid(policies_of(names), stopping, first);
    CHECK(part.status == Status::Cancelled);
    std::atomic<int> made = 0;
    const GridResult rest = play_grid(policies_of(names, &made), small_system, options_of(path, threads));
    CHECK(rest.resumed_runs == 5);
    CHECK(made == 7);
    REQUIRE(rest.runs.size() == whole.runs.size());
    for (std::size_t k = 0; k < whole.runs.size(); ++k) {
      CHECK(rest.runs[k].trace == whole.runs[k].trace);
      CHECK(rest.runs[k].pseudo_regret == whole.runs[k].pseudo_regret);
      CHECK(rest.runs[k].realised_regret == whole.runs[k].realised_regret);
      CHECK(rest.runs[k].optimal_rate == whole.runs[k].optimal_rate);
      CHECK(rest.runs[k].average_reward == whole.runs[k].average_reward);
      CHECK(rest.runs[k].regret_at == whole.runs[k].regret_at);
      CHECK(rest.runs[k].curve_regret == whole.runs[k].curve_regret);
      CHECK(rest.runs[k].curve_optimal == whole.runs[k].curve_optimal);
    }
    CHECK(rest.summaries[1].median_regret == whole.summaries[1].median_regret);
    made = 0;
    CHECK(play_grid(policies_of(names, &made), small_system, options_of(path, threads)).resumed_runs == 12);
    CHECK(made == 0);
  }
}

TEST_CASE("damaged files and those of other grids are refused before any run") {
  const std::string path = folder() / "grid";
  const std::vector<std::string> names{"uniform"};
  static_cast<void>(play_grid(policies_of(names), small_system, options_of(path, 1)));
  const std::string bytes = bytes_of(path);
  std::atomic<int> made = 0;
  const auto refuses = [&](const std::string& wrong, const std::string& part) {
    write(path, wrong);
    try {
      static_cast<void>(play_grid(policies_of(names, &made), small_system, options_of(path, 1)));
      FAIL("accepted");
    } catch (const DataError& error) {
      CHECK(std::string(error.what()).find(part) != std::string::npos);
    }
    CHECK(bytes_of(path) == wrong);
  };
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 97) {
    std::string wrong = bytes;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x41);
    refuses(wrong, "checkpoint");
    refuses(bytes.substr(0, at), "checkpoint");
  }
  refuses("causal bandit checkpoint 9\n" + bytes.substr(27), "of this version");
  CHECK(made == 0);
  // With a checksum that is right: a run twice, and one of another length.
  const auto sealed = [](const std::string& body) { return body + io::sha256(body); };
  const std::string body = bytes.substr(0, bytes.size() - 64);
  const std::size_t start = body.find("edges 0.5\n") + 10, length = (body.size() - start) / 6;
  refuses(sealed(body + body.substr(start, length)), "twice");
  // The first list of a run, regret_at, has one entry and follows the run's number and five values.
  std::string longer = body;
  longer[start + 48] = 2;
  longer.insert(start + 56, 8, '\0');
  refuses(sealed(longer), "another length");
  CHECK(made == 0);
  write(path, bytes);
  GridOptions other = options_of(path, 1);
  other.identity = "edges 0.7\n";
  CHECK_THROWS_WITH_AS((void)play_grid(policies_of(names), small_system, other),
                       doctest::Contains("the file says edges 0.5, this grid edges 0.7"), DataError);
  other = options_of(path, 1);
  other.horizon = 61;
  CHECK_THROWS_WITH_AS((void)play_grid(policies_of(names), small_system, other), doctest::Contains("horizon 61"),
                       DataError);
}
