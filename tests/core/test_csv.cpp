// labels: unit
#include "causal/io/csv.hpp"

#include <cmath>
#include <functional>
#include <sstream>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using io::CsvOptions;
using io::parse_csv;

namespace {

// "where | message | hint" of the ParseError or other error that `act` throws.
template <class Exception = DataError>
std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Exception& error) {
    return error.where() + " | " + error.message() + " | " + error.hint();
  }
  return "nothing thrown";
}

template <class Exception = DataError>
std::string error_of(const std::string& text, const CsvOptions& options = {}) {
  return error_of<Exception>([&] { (void)parse_csv(text, options, "t.csv"); });
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A column of n distinct numbers with `cells` put in front of line 2, 3, ...
std::string long_column(int n, const std::vector<std::string>& cells) {
  std::string text = "v,w\n";
  for (int i = 0; i < n; ++i) {
    text += static_cast<std::size_t>(i) < cells.size() ? cells[static_cast<std::size_t>(i)] : std::to_string(i) + ".5";
    text += "," + std::to_string(i) + ".25\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a plain table is read with names and values") {
  const auto result = parse_csv("a,b\n1.5,-2e3\n+0.25,.5\n7,1.\n");
  CHECK(result.delimiter == ',');
  CHECK(result.data.names() == std::vector<std::string>{"a", "b"});
  REQUIRE(result.data.rows() == 3);
  CHECK(result.data.column(0).type == VariableType::Continuous);
  CHECK(result.data.values()(0, 0) == 1.5);
  CHECK(result.data.values()(0, 1) == -2000);
  CHECK(result.data.values()(1, 0) == 0.25);
  CHECK(result.data.values()(1, 1) == 0.5);
  CHECK(result.data.values()(2, 1) == 1);
  CHECK(result.notes.empty());
}

TEST_CASE("the delimiter is sniffed, also inside quotes and with blanks") {
  const std::vector<std::pair<std::string, char>> cases = {{"a,b\n1.5,2\n3.5,4\n", ','},
                                                           {"a\tb c\n1.5\t2\n3.5\t4\n", '\t'},
                                                           {"a;b\n1.5;2\n3.5;4\n", ';'},
                                                           {"a|b\n1.5|2\n3.5|4\n", '|'},
                                                           {"a b\n1.5 2\n3.5 4\n", ' '},
                                                           {"\"a;x\",b\n1.5,2\n3.5,4\n", ','},
                                                           {"a,b\n1.5 ,  2\n 3.5, 4\n", ','},
                                                           {"  a   b  \n 1.5  2\n3.5   4  \n", ' '},
                                                           {"a, b c, d e\n1.5,2,3\n3.5,4,5\n", ','}};
  for (const auto& [text, delimiter] : cases) {
    CAPTURE(text);
    const auto result = parse_csv(text);
    CHECK(result.delimiter == delimiter);
    REQUIRE(result.data.rows() == 2);
    CHECK(result.data.values()(1, 0) != result.data.values()(0, 0));
  }
}

TEST_CASE("line ends, blank lines, comments and the byte-order mark do not matter") {
  CsvOptions options;
  options.comment = '#';
  const Eigen::MatrixXd plain = parse_csv("a,b\n1.5,2.5\n3.5,4.5\n", options).data.values();
  for (const std::string text :
       {"a,b\r\n1.5,2.5\r\n3.5,4.5\r\n", "a,b\n1.5,2.5\n3.5,4.5", "a,b\r\n1.5,2.5\r\n3.5,4.5\r",
        "\xEF\xBB\xBF"
        "a,b\n1.5,2.5\n3.5,4.5\n",
        "# made by x\n\na,b\n1.5,2.5\n  \n# mid, dle\n3.5,4.5\n\n\n"}) {
    CAPTURE(text);
    const auto result = parse_csv(text, options);
    CHECK(result.data.names() == std::vector<std::string>{"a", "b"});
    CHECK(result.data.values() == plain);
  }
}

TEST_CASE("quoted cells hold delimiters, line breaks and doubled quotes") {
  const auto result =
      parse_csv("id,\"the \"\"name\"\"\"\n1.5,\"x, y\"\n2.5,\"two\nlines\"\n3.5, \" kept \" \n\"4.5\",plain\n");
  REQUIRE(result.data.rows() == 4);
  CHECK(result.data.column(1).name == "the \"name\"");
  const auto text = [&](int row) {
    return result.data.column(1).levels[static_cast<std::size_t>(result.data.values()(row, 1))];
  };
  CHECK(text(0) == "x, y");
  CHECK(text(1) == "two\nlines");
  CHECK(text(2) == " kept ");
  CHECK(text(3) == "plain");
  CHECK(result.data.values()(3, 0) == 4.5);
}

TEST_CASE("missing cells are NaN, counted and placed") {
  CsvOptions options;
  options.na = {"", "NA", "-999"};
  const auto result = parse_csv("a,b,c\n1.5,,x\n-999,2.5,\n-999.0,\"NA\",y\n4.5,3.5,NA\n", options);
  CHECK(result.data.missing_counts() == std::vector<std::int64_t>{2, 2, 2});
  CHECK(result.first_missing_line == std::vector<std::int64_t>{3, 2, 3});
  CHECK(std::isnan(result.data.values()(1, 0)));
  CHECK(std::isnan(result.data.values()(3, 2)));
  CHECK(contains(result.notes.back(), "column 'c' has 2 missing of 4 cells (first: line 3)"));
}

TEST_CASE("types are guessed by the documented rule and reported") {
  std::string text = "yes,ten,eleven,half,word,two_words,none,one\n";
  for (int i = 0; i < 44; ++i) {
    text += std::to_string(i % 2) + "," + std::to_string(i % 10) + "," + std::to_string(i % 11) + "," +
            std::to_string(i % 3) + ".5," + std::string(1, static_cast<char>('c' - i % 3)) + "," +
            (i % 2 == 0 ? "no" : "maybe") + ",,3\n";
  }
  const auto result = parse_csv(text);
  using enum VariableType;
  const std::vector<VariableType> expected = {Binary,   Discrete, Continuous, Continuous,
                                              Discrete, Binary,   Continuous, Discrete};
  for (int j = 0; j < 8; ++j) CHECK(result.data.column(j).type == expected[static_cast<std::size_t>(j)]);
  CHECK(result.data.column(4).levels == std::vector<std::string>{"a", "b", "c"});
  CHECK(result.data.values()(0, 4) == 2);
  CHECK(result.data.column(5).levels == std::vector<std::string>{"maybe", "no"});
  CHECK(result.data.column(1).levels.back() == "9");
  REQUIRE(result.notes.size() == 6);
  CHECK(result.notes[0] == "column 'yes' read as binary: 2 levels (0, 1)");
  CHECK(result.notes[5] == "column 'none' has 44 missing of 44 cells (first: line 2)");
}

TEST_CASE("numeric levels ascend by value, texts by byte") {
  CsvOptions options;
  options.types = {{"a", VariableType::Discrete}};
  const auto numbers = parse_csv("a,b\n10,x\n9,10\n-1,9\n", options);
  CHECK(numbers.data.column(0).levels == std::vector<std::string>{"-1", "9", "10"});
  CHECK(numbers.data.values().col(0) == Eigen::Vector3d(2, 1, 0));
  CHECK(numbers.data.column(1).levels == std::vector<std::string>{"10", "9", "x"});
}

TEST_CASE("declared types win over the guess") {
  CsvOptions options;
  options.types = {{"a", VariableType::Continuous}, {"b", VariableType::Count}, {"c", VariableType::Discrete}};
  const auto result = parse_csv("a,b,c\n0,1,1.5\n1,2,2.5\n0,1,x\n", options);
  CHECK(result.data.column(0).type == VariableType::Continuous);
  CHECK(result.data.column(1).type == VariableType::Count);
  CHECK(result.data.column(2).levels == std::vector<std::string>{"1.5", "2.5", "x"});

  CHECK(contains(error_of("a,b,c\n0,1,x\n1,two,y\n", options), "t.csv:3:3 | column 'b' is numeric but holds 'two'"));
  CHECK(
      contains(error_of("a,b,c\n0,1,x\n1,-2,y\n", options), "t.csv:3:3 | column 'b' is declared a count but holds -2"));
  options.types = {{"c", VariableType::Binary}};
  CHECK(contains(error_of("a,c\n0,x\n1,y\n2,z\n", options), "column 'c' is declared binary but has 3 levels: x, y, z"));
}

TEST_CASE("columns are selected in order, excluded and checked") {
  CsvOptions options;
  options.columns = {"c", "a"};
  const auto chosen = parse_csv("a,b,c\n1.5,x,3.5\n2.5,y,4.5\n0.5,y,5.5\n", options);
  CHECK(chosen.data.names() == std::vector<std::string>{"c", "a"});
  CHECK(chosen.data.values()(1, 0) == 4.5);
  CHECK(chosen.notes.empty());
  options.exclude = {"c"};
  CHECK(parse_csv("a,b,c\n1.5,x,3.5\n2.5,y,4.5\n0.5,y,5.5\n", options).data.names() == std::vector<std::string>{"a"});
  options = {.columns = {"age"}};
  CHECK(contains(error_of<InvalidArgument>("Age,b\n1,2\n", options), "unknown column 'age' | Did you mean 'Age'?"));
  options = {.exclude = {"zzz"}};
  CHECK(contains(error_of<InvalidArgument>("a,b\n1,2\n", options), "unknown column 'zzz'"));
  options = {.exclude = {"a", "b"}};
  CHECK(contains(error_of<InvalidArgument>("a,b\n1,2\n", options), "no column is left"));
  options = {.types = {{"q", VariableType::Count}}};
  CHECK(contains(error_of<InvalidArgument>("a,b\n1,2\n", options), "unknown column 'q'"));
}

TEST_CASE("without a header the columns are numbered") {
  CsvOptions options;
  options.header = false;
  const auto result = parse_csv("1.5,2.5\n3.5,4.5\n", options);
  CHECK(result.data.names() == std::vector<std::string>{"X1", "X2"});
  CHECK(result.data.rows() == 2);
  CHECK(contains(error_of("1.5,2.5\n3.5,4.5\n"), "t.csv:1 | the first line holds only numbers"));
  CHECK(contains(error_of("1.5,2.5\n3.5,4.5\n"), "--no-header"));
}

TEST_CASE("files without a table are refused by name") {
  CHECK(contains(error_of(""), "t.csv | the file is empty"));
  CHECK(contains(error_of(" \n\n"), "the file is empty"));
  CHECK(contains(error_of("a,b\n"), "t.csv | the file has a header but no rows"));
  CHECK(contains(error_of("a,,c\n1,2,3\n"), "t.csv:1:3 | column 2 has an empty name"));
  CHECK(contains(error_of("a,b,a\n1,2,3\n"), "t.csv:1:5 | columns 1 and 3 are both named 'a'"));
  CHECK(contains(error_of(std::string("\xFF\xFE"
                                      "a\0,\0",
                                      6)),
                 "UTF-16"));
  CHECK(contains(error_of(std::string("a,b\n\0\1\2", 7)), "binary"));
  CHECK(contains(error_of("\x1F\x8B\x08 junk"), "gzip"));
  CHECK(contains(error_of("PK\x03\x04 junk"), "zip archive"));
  CHECK(contains(error_of("a,b\r1,2\r3,4\r"), "lone carriage returns"));
}

TEST_CASE("a ragged row is an error with its line, column and the column's name") {
  CHECK(contains(error_of("a,b,c\n1,2,3\n4,5\n6,7,8\n"),
                 "t.csv:3:4 | the row has 2 of 3 cells: it ends before column 'c'"));
  CHECK(contains(error_of("a,b\n1,2\n\n3,4,,6\n"),
                 "t.csv:4:5 | the row has 4 cells instead of 2 cells: it goes on after column 'b'"));
  CHECK(contains(error_of("a,b\r\n1\r\n"), "t.csv:2:2 |"));
}

TEST_CASE("rows too short for a wide header are found before room is made for the table") {
  std::string text = "c0";
  for (int j = 1; j < 20'000; ++j) text += ",c" + std::to_string(j);
  for (int i = 0; i < 50'000; ++i) text += "\n1";  // a table of 8 GB, if it were one
  CHECK(contains(error_of(text), "t.csv:2:2 | the row has 1 of 20000 cells: it ends before column 'c1'"));
}

TEST_CASE("a broken quote is an error where it opens") {
  CHECK(contains(error_of("a,b\n1,2\n3,\"x\n4,5\n"), "t.csv:3:3 | the quote that opens here is never closed"));
  CHECK(contains(error_of("a,b\n1,\"x\"y\n"), "t.csv:2:6 | text follows a closing quote"));
  CsvOptions options;
  options.quote = '\0';
  CHECK(parse_csv("a,b\n1.5,\"x\n2.5,y\n", options).data.column(1).levels.front() == "\"x");
}

TEST_CASE("a stray text cell among numbers is an error that names it") {
  const std::string error = error_of(long_column(30, {"1.5", "2.5", "n.d."}));
  CHECK(contains(error, "t.csv:4:1 | column 'v' holds the text 'n.d.' but 29 of its 30 cells are numbers"));
  CHECK(contains(error, "--na"));
  CHECK(contains(error, "--types v=discrete"));
  CHECK(contains(error_of(long_column(400, {"x", "y", "z", "x"})), "396 of its 400 cells"));
  // More than one percent, or a short file, or a declaration: categories.
  CHECK(parse_csv(long_column(399, {"x", "y", "z", "x"})).data.column(0).type == VariableType::Discrete);
  CHECK(parse_csv(long_column(20, {"x"})).data.column(0).type == VariableType::Discrete);
  CsvOptions options;
  options.types = {{"v", VariableType::Discrete}};
  CHECK(parse_csv(long_column(400, {"x"}), options).data.column(0).levels.size() == 400);
  options = {};
  options.na = {"x"};
  CHECK(parse_csv(long_column(400, {"x"}), options).data.missing_counts()[0] == 1);
}

TEST_CASE("numbers beyond the range of double and decimal commas are errors") {
  CHECK(contains(error_of("a,b\n1,2\n3,-1e999\n"), "t.csv:3:3 | column 'b' holds -1e999, which is beyond the range"));
  CHECK(contains(error_of("a,b\n1,2\ninf,2\n"), "t.csv:3:1 | column 'a' holds inf"));
  CHECK(parse_csv("a,b\n1e-999,2\n3,4\n").data.rows() == 2);
  CHECK(contains(error_of("a;b\n1,5;2\n2,5;3\n"), "t.csv:2:1 | column 'a' holds '1,5': decimal commas are not read"));
}

TEST_CASE("any number of threads gives the same table, notes and error") {
  RandomStream stream(11, RandomDomain::Test);
  std::string text = "a,b,c\n";
  while (text.size() < (std::size_t{5} << 20)) {  // several chunks
    text += std::to_string(stream.normal()) + (stream.below(50) == 0 ? ",," : ",7.25,");
    text += stream.below(2) == 0 ? "\"x,\ny\"\n" : "z\n";
  }
  CsvOptions one{.threads = 1};
  CsvOptions four{.threads = 4};
  const auto a = parse_csv(text, one);
  const auto b = parse_csv(text, four);
  CHECK(a.data.rows() > 100'000);
  CHECK(a.notes == b.notes);
  CHECK(a.first_missing_line == b.first_missing_line);
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  bool equal = true;
  for (int j = 0; j < 3; ++j) {
    for (std::int64_t i = 0; i < a.data.rows(); ++i)
      equal = equal && same(a.data.values()(i, j), b.data.values()(i, j));
  }
  CHECK(equal);
  const std::string broken = text + "1,2\n" + text + "1\n";
  CHECK(error_of(broken, one) == error_of(broken, four));
  CHECK(contains(error_of(broken, four), "it ends before column 'c'"));
}
