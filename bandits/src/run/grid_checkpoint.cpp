#include "grid_checkpoint.hpp"

#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <sstream>
#include <string_view>
#include <system_error>

#include "../structure/state_io.hpp"
#include "causal/io/file.hpp"
#include "causal/io/sha256.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

constexpr std::string_view kMagic = "causal bandit checkpoint 1\n";

constexpr std::size_t kDigest = 64;  // characters of a SHA-256

void write_text(std::ostream& out, const std::string& text) {
  write_values(out, std::vector<char>(text.begin(), text.end()));
}

std::string read_text(std::istream& in) {
  std::vector<char> bytes;
  read_values(in, bytes);
  return {bytes.begin(), bytes.end()};
}

void write_flag(std::ostream& out, bool flag) { write_value(out, static_cast<std::uint8_t>(flag ? 1 : 0)); }

bool read_flag(std::istream& in) {
  std::uint8_t flag = 0;
  read_value(in, flag);
  return flag != 0;
}

// What a run or a trace consists of, in the order of the file.
template <class Self, class Use>
void each_round(Self& trace, Use use) {
  use(trace.bits);
  use(trace.reward);
  use(trace.mean);
  use(trace.best_mean);
  use(trace.optimal);
  use(trace.alarms);
}
template <class Self, class Use>
void each_value(Self& run, Use use) {
  use(run.pseudo_regret);
  use(run.realised_regret);
  use(run.optimal_rate);
  use(run.average_reward);
  use(run.alarms);
}
template <class Self, class Use>
void each_list(Self& run, Use use) {
  use(run.regret_at);
  use(run.curve_regret);
  use(run.curve_optimal);
}

void write_run(std::ostream& out, const GridRun& run) {
  each_value(run, [&](const auto& value) { write_value(out, value); });
  each_list(run, [&](const auto& values) { write_values(out, values); });
  write_flag(out, run.exact);
  write_flag(out, run.trace.has_value());
  if (!run.trace) return;
  write_value(out, run.trace->n);
  write_value(out, run.trace->first_round);
  write_flag(out, run.trace->more_settings);
  write_flag(out, run.trace->exact);
  each_round(*run.trace, [&](const auto& values) { write_values(out, values); });
}

GridRun read_run(std::istream& in) {
  GridRun run;
  run.done = true;
  each_value(run, [&](auto& value) { read_value(in, value); });
  each_list(run, [&](auto& values) { read_values(in, values); });
  run.exact = read_flag(in);
  if (!read_flag(in)) return run;
  Trace& trace = run.trace.emplace();
  read_value(in, trace.n);
  read_value(in, trace.first_round);
  trace.more_settings = read_flag(in);
  trace.exact = read_flag(in);
  each_round(trace, [&](auto& values) { read_values(in, values); });
  return run;
}

std::string first_difference(const std::string& file, const std::string& wanted) {
  std::istringstream mine(file), other(wanted);
  std::string a, b;
  for (bool more = true; more && a == b;) {
    const bool in_mine = static_cast<bool>(std::getline(mine, a)), in_other = static_cast<bool>(std::getline(other, b));
    if (!in_mine) a = "no more";
    if (!in_other) b = "no more";
    more = in_mine || in_other;
  }
  const auto trimmed = [](const std::string& line) {
    const std::size_t begin = line.find_first_not_of(' ');
    return begin == std::string::npos ? line : line.substr(begin);
  };
  return "the file says " + trimmed(a) + ", this grid " + trimmed(b);
}

// Whether a run read from a file can have come from a grid with these options: the summaries rely on it.
bool fits(const GridRun& run, const GridOptions& options) {
  const std::size_t points = curve_rounds(options.horizon, options.curve_points).size();
  if (run.regret_at.size() != options.checkpoints.size() || run.curve_regret.size() != points ||
      run.curve_optimal.size() != points || run.trace.has_value() != options.keep_traces) {
    return false;
  }
  if (!run.trace) return true;
  const auto rounds = static_cast<std::size_t>(options.horizon);
  bool same = run.trace->n >= 1 && run.trace->first_round == 0 &&
              run.trace->bits.size() == rounds * static_cast<std::size_t>(run.trace->n);
  each_round(*run.trace, [&](const auto& values) {
    same = same && (values.size() == rounds || static_cast<const void*>(&values) == &run.trace->bits);
  });
  return same;
}

// What decides the runs, line by line.
std::string identity_of(const std::vector<std::string>& policies, const GridOptions& options) {
  std::ostringstream text;
  text << std::setprecision(17) << "seed " << options.run.seed << "\nhorizon " << options.horizon << "\ninstances "
       << options.instances << "\nrepeats " << options.repeats << "\nlast_rounds " << options.last_rounds
       << "\noptimal_within " << options.optimal_within << "\ncurve_points " << options.curve_points << "\ntraces "
       << (options.keep_traces ? "kept" : "not kept") << '\n';
  for (const std::int64_t round : options.checkpoints) text << "at " << round << '\n';
  for (const std::string& policy : policies) text << "policy " << policy << '\n';
  return text.str() + options.identity;
}

}  // namespace

GridCheckpoint::GridCheckpoint(const GridOptions& options, const std::vector<std::string>& policies)
    : options_(options), identity_(identity_of(policies, options)) {}

void GridCheckpoint::finish(std::vector<GridRun>& runs, std::size_t k, GridRun run) {
  const std::scoped_lock lock(mutex_);
  runs[k] = std::move(run);
  if (std::chrono::steady_clock::now() - last_ >= std::chrono::seconds(5)) write(runs);
}

void GridCheckpoint::write(const std::vector<GridRun>& runs) {
  if (options_.checkpoint_path.empty()) return;
  std::ostringstream out;
  out << kMagic;
  write_text(out, identity_);
  for (std::size_t k = 0; k < runs.size(); ++k) {
    if (!runs[k].done) continue;
    write_value(out, static_cast<std::uint64_t>(k));
    write_run(out, runs[k]);
  }
  const std::string bytes = out.str();
  io::AtomicWriter file(options_.checkpoint_path, true);
  file.stream() << bytes << io::sha256(bytes);
  file.commit();
  last_ = std::chrono::steady_clock::now();
}

void GridCheckpoint::load(std::vector<GridRun>& runs) const {
  const std::string& path = options_.checkpoint_path;
  std::error_code ignored;  // what cannot be looked at cannot be opened either, and says so there
  if (path.empty() || (!std::filesystem::exists(path, ignored) && !ignored)) return;
  const io::MappedFile file(path);
  const std::string_view all = file.bytes();
  const std::string again = "Take another file, or remove this one to begin anew.";
  if (!all.starts_with(kMagic)) throw DataError("this is no checkpoint of this version", path, again);
  if (all.size() < kMagic.size() + kDigest) throw DataError("the checkpoint is cut off", path, again);
  const std::string_view body = all.substr(0, all.size() - kDigest);
  if (io::sha256(body) != all.substr(body.size())) {
    throw DataError("the checkpoint is damaged: its checksum is wrong", path, again);
  }
  std::istringstream in{std::string(body.substr(kMagic.size()))};
  const std::string theirs = read_text(in);
  if (theirs != identity_) {
    throw DataError("the checkpoint is of another grid: " + first_difference(theirs, identity_), path, again);
  }
  while (in.peek() != std::istringstream::traits_type::eof()) {
    std::uint64_t k = 0;
    read_value(in, k);
    if (k >= runs.size() || runs[static_cast<std::size_t>(k)].done) {
      throw DataError("the checkpoint has a run that the grid has not, or has it twice", path, again);
    }
    GridRun run = read_run(in);
    if (!fits(run, options_)) throw DataError("the checkpoint has a run of another length", path, again);
    runs[static_cast<std::size_t>(k)] = std::move(run);
  }
}

}  // namespace causal::bandits
