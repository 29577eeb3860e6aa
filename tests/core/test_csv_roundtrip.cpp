// labels: oracle
#include <bit>
#include <charconv>
#include <cmath>
#include <sstream>

#include "causal/io/csv.hpp"
#include "causal/io/parse_number.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// Any double but NaN and infinities, every bit pattern equally likely.
double any_double(RandomStream& stream) {
  for (;;) {
    const double value = std::bit_cast<double>(stream.bits());
    if (std::isfinite(value)) return value;
  }
}

std::string random_decimal(RandomStream& stream) {
  std::string text = stream.below(3) == 0 ? "-" : "";
  const auto digits = [&](std::uint64_t count) {
    for (std::uint64_t k = 0; k < count; ++k) text += static_cast<char>('0' + stream.below(10));
  };
  const std::uint64_t whole = stream.below(12);
  const std::uint64_t fraction = stream.below(4) == 0 ? stream.below(30) : stream.below(12);
  digits(whole);
  if (fraction > 0 || whole == 0) text += '.';
  digits(whole == 0 && fraction == 0 ? 1 : fraction);
  if (stream.below(3) == 0) {
    text += stream.below(2) == 0 ? "e" : "E";
    if (stream.below(2) == 0) text += '-';
    text += std::to_string(stream.below(4) == 0 ? stream.below(330) : stream.below(25));
  }
  return text;
}

std::string random_text(RandomStream& stream) {
  static constexpr std::string_view kAlphabet = "ab,;\"\n\r\t #|.1";
  std::string text;
  const std::uint64_t length = 1 + stream.below(6);
  for (std::uint64_t k = 0; k < length; ++k) text += kAlphabet[stream.below(kAlphabet.size())];
  return text;
}

}  // namespace

TEST_CASE("a million random decimals have the bits of std::from_chars") {
  RandomStream stream(5, RandomDomain::Test);
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string text = random_decimal(stream);
    double expected = 0;
    const auto oracle = std::from_chars(text.data(), text.data() + text.size(), expected);
    double value = 0;
    const io::NumberStatus status = io::parse_number(text, value);
    bool same = std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(expected);
    if (oracle.ec == std::errc::result_out_of_range) {
      same = status == io::NumberStatus::OutOfRange || (status == io::NumberStatus::Ok && value == 0);
    } else {
      same = same && status == io::NumberStatus::Ok && oracle.ptr == text.data() + text.size();
    }
    if (!same && ++wrong <= 5) MESSAGE(text);
  }
  CHECK(wrong == 0);
}

TEST_CASE("texts that are not numbers are recognised, out-of-range ones told apart") {
  double value = 0;
  for (const char* text : {"",    "-",   "+",  ".",  "-.",  "e5",  "1e",    "1e+",   "1x",      "0x10",
                           "nan", "1,5", "1 ", " 1", "--1", "+-1", "1.2.3", "1e5.0", "infinit", "in"}) {
    CAPTURE(text);
    CHECK(io::parse_number(text, value) == io::NumberStatus::NotANumber);
  }
  for (const char* text :
       {"1e309", "-1e309", "1e99999999999999999999", "inf", "-Infinity", "+INF", "179769313486231580793e289"}) {
    CAPTURE(text);
    CHECK(io::parse_number(text, value) == io::NumberStatus::OutOfRange);
  }
  for (const char* text : {"1e-400", "1e-99999999999999999999", "0e99999999999999999999", "0.000e500"}) {
    CAPTURE(text);
    value = 1;
    CHECK(io::parse_number(text, value) == io::NumberStatus::Ok);
    CHECK(value == 0);
  }
  CHECK(io::parse_number("-0", value) == io::NumberStatus::Ok);
  CHECK(std::signbit(value));
}

TEST_CASE("random tables survive write and read bit by bit") {
  for (std::uint32_t trial = 0; trial < 300; ++trial) {
    RandomStream stream(9, RandomDomain::Test, trial);
    const int rows = 1 + static_cast<int>(stream.below(40));
    const int cols = 1 + static_cast<int>(stream.below(6));
    Eigen::MatrixXd values(rows, cols);
    std::vector<Column> columns;
    io::CsvOptions options;
    options.delimiter = std::array{',', '\t', ';', '|'}[stream.below(4)];
    for (int j = 0; j < cols; ++j) {
      Column column{random_text(stream) + std::to_string(j) + "x"};
      std::vector<std::string> levels;
      if (stream.below(3) == 0) {
        column.type = VariableType::Discrete;
        for (int k = 0; k < 3; ++k) levels.push_back("t" + random_text(stream) + std::to_string(k) + "x");
        std::sort(levels.begin(), levels.end());
      }
      const bool coded = column.type == VariableType::Discrete;
      for (int i = 0; i < rows; ++i) {
        values(i, j) = coded ? static_cast<double>(stream.below(3)) : any_double(stream);
        if (stream.below(10) == 0) values(i, j) = std::numeric_limits<double>::quiet_NaN();
      }
      // A level nobody has cannot survive: the last one is made to occur, unused ones are dropped by fixing three rows.
      if (coded) {
        if (rows < 3) levels.resize(static_cast<std::size_t>(rows));
        for (int k = 0; k < static_cast<int>(levels.size()); ++k) values(k, j) = k;
        for (int i = static_cast<int>(levels.size()); i < rows; ++i) {
          if (values(i, j) >= static_cast<double>(levels.size())) values(i, j) = 0;
        }
      }
      column.levels = levels;
      options.types.emplace_back(column.name, column.type);
      columns.push_back(std::move(column));
    }
    const Dataset data(values, columns);
    std::ostringstream out;
    io::write_csv(out, data, options.delimiter);
    CAPTURE(out.str());
    const Dataset back = io::parse_csv(out.str(), options).data;
    REQUIRE(back.rows() == rows);
    REQUIRE(back.names() == data.names());
    int wrong = 0;
    for (int j = 0; j < cols; ++j) {
      CHECK(back.column(j).levels == data.column(j).levels);
      for (int i = 0; i < rows; ++i) {
        const double a = values(i, j), b = back.values()(i, j);
        const bool same =
            std::isnan(a) ? std::isnan(b) : std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
        wrong += same ? 0 : 1;
      }
    }
    CHECK(wrong == 0);
  }
}
