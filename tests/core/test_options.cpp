// labels: unit
// Options described once: ranges, names, errors that name what is wrong.
#include "causal/run/options.hpp"

#include <limits>
#include <string>

#include "causal/run/nearest_name.hpp"
#include "causal/run/stop.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {
enum class Colour { Red, Green };
}  // namespace

template <>
struct causal::EnumNames<Colour> {
  static constexpr std::array<std::pair<Colour, std::string_view>, 2> names{
      {{Colour::Red, "red"}, {Colour::Green, "green"}}};
};

namespace {

struct Sample {
  double share = 0.5;
  int count = 3;
  Colour colour = Colour::Red;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"share", "a share", open_interval(0, 1)}, self.share);
    visitor(Field{"count", "a count", at_least(1)}, self.count);
    visitor(Field{"colour", "a colour"}, self.colour);
  }
};

std::string refusal(const Sample& sample) {
  try {
    validate(sample, "paint");
  } catch (const InvalidArgument& error) {
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("an option out of range is refused with function, name, value and range") {
  CHECK(refusal({}).empty());
  CHECK(refusal({.share = 1}) == "paint: share = 1 must lie in (0, 1)");
  CHECK(refusal({.share = std::numeric_limits<double>::quiet_NaN()}).find("share = nan") != std::string::npos);
  CHECK(refusal({.count = 0}) == "paint: count = 0 must lie in [1, inf)");
  CHECK(refusal({.colour = static_cast<Colour>(7)}).find("colour") != std::string::npos);
}

TEST_CASE("enumerators and names are two ways of one table") {
  CHECK(enum_name(Colour::Green) == "green");
  CHECK(enum_from_name<Colour>("red") == Colour::Red);
  CHECK_FALSE(enum_from_name<Colour>("blue").has_value());
}

TEST_CASE("a stop signal tells a request from a time limit") {
  std::stop_source source;
  const StopSignal signal({.stop = source.get_token()});
  CHECK(signal.status() == Status::Ok);
  source.request_stop();
  CHECK(signal.status() == Status::Cancelled);
  const StopSignal late({.time_limit_s = 1e-12});
  while (late.seconds() <= 1e-12) continue;
  CHECK(late.status() == Status::TimeLimit);
}

TEST_CASE("errors keep what, where and what to do apart") {
  const ParseError error("a cell is no number", "data.csv", 3, 7, "Use --na.");
  CHECK(error.where() == "data.csv:3:7");
  CHECK(std::string(error.what()) == "a cell is no number\ndata.csv:3:7\nUse --na.");
  CHECK_THROWS_AS(CAUSAL_ASSERT(1 == 2), std::logic_error);
}
