// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CSV: what a cell is, what a column is, which samples come out, and every rejection with its place.
#include <cmath>
#include <cstdint>
#include <limits>
#include <locale>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/csv.hpp"
#include "data/files.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/error.hpp"
#include "thalweg/tables.hpp"
#include "thalweg_config.hpp"

namespace thalweg {
namespace {

using test::message_of;

Table table(const std::string& text, const CsvOptions& options = {}) {
    return load_csv(std::span(text), "t.csv", options);
}

std::string io_error(const std::string& text, const CsvOptions& options = {}) {
    return message_of<IoError>([&] { table(text, options); });
}

std::string samples_error(const std::string& text, const SampleColumns& columns) {
    return message_of<IoError>([&] { table(text).samples<float>(columns); });
}

std::vector<double> numbers(const Table& table, const Column& column) {
    const auto all = table.numbers(column);
    return {all.begin(), all.end()};
}

TEST_CASE("CSV: numbers, names, rows") {
    const Table t = table("height,width\n1.5,2\n-3e2,.5\n");
    CHECK(t.path() == "t.csv");
    CHECK(t.rows() == 2);
    CHECK(t.cols() == 2);
    CHECK(t.names() == std::vector<std::string>{"height", "width"});
    CHECK(t.index("width") == 1);
    CHECK(t.index(std::string_view("height")) == 0);
    CHECK(t.index(-1) == 1);
    CHECK(numbers(t, "height") == std::vector<double>{1.5, -300});
    CHECK(numbers(t, 1) == std::vector<double>{2, 0.5});
    CHECK(t.is_number(0));
}

TEST_CASE("CSV: a header is there where no cell of the first row is a number, or where options say") {
    CHECK(table("1,2\n3,4\n").rows() == 2);
    CHECK(table("1,2\n3,4\n").names() == std::vector<std::string>{"", ""});
    CHECK(table("5.1,setosa\n4.9,virginica\n").rows() == 2);
    CHECK(table("a,\n3,4\n").names() == std::vector<std::string>{"a", ""});
    CHECK(table(",\n3,4\n").rows() == 2);
    CHECK(table("2019,2020\n1,2\n", {.header = Header::kFirstRow}).names()[1] == "2020");
    CHECK(table("a,b\nc,d\n", {.header = Header::kNone}).rows() == 2);
    CHECK(table("a,b\n").rows() == 0);
    CHECK(table("a,b\n").is_number("a"));
}

TEST_CASE("CSV: line ends, byte order mark, blanks, blank lines, separators") {
    const std::vector<double> expected = {1, 3};
    CHECK(numbers(table("a,b\r\n1,2\r\n3,4"), "a") == expected);
    CHECK(numbers(table("a,b\r1,2\r3,4\r"), "a") == expected);
    CHECK(numbers(table("\xef\xbb\xbf"
                        "a,b\n1,2\n3,4\n"),
                  "a") == expected);
    CHECK(numbers(table("\n  \na , b\n\n 1\t, 2\n3,4\n\n"), "a") == expected);
    CHECK(numbers(table("a;b\n1;2\n3;4\n", {.separator = ';'}), "a") == expected);
    CHECK(numbers(table("a\tb\n1\t2\n3\t\n", {.separator = '\t'}), "a") == expected);
    CHECK(numbers(table("a b\n1 2\n3 4\n", {.separator = ' '}), "a") == expected);
    for (const char* const text : {"a,b\n1,2\n3,4\n", "a;b\n1;2\n3;4\n", "a\tb\n1\t2\n3\t4\n", "a\n1\n3\n",
                                   "\n\na;\"b,c,d\"\n1;2\n3;4\n"}) {
        INFO(text);
        CHECK(numbers(table(text, {.separator = '\0'}), "a") == expected);
    }
    CHECK(table("1,2,\n3,4,\n").cols() == 3);
    CHECK(table("1,2,").cols() == 3);
}

// As the reader cuts it: a quote within a cell is a letter, and blank lines and the mark are no row.
TEST_CASE("CSV: the separator is what makes the most cells of the first row") {
    for (const char* const text :
         {"size 5\";b;k\n1;2;3\n", "5\";6\";k\n1;2;3\n", "\t\na,b,k\n1,2,3\n",
          "\xef\xbb\xbf\n\na;b;k\n1;2;3\n", "\"a,b,c,d\";b;k\n1;2;3\n", "a,b\tb\tk\n1\t2\t3\n"}) {
        INFO(text);
        CHECK(table(text, {.separator = '\0'}).cols() == 3);
    }
    CHECK(table("a,b;c\n1,2;3\n", {.separator = '\0'}).names() == std::vector<std::string>{"a", "b;c"});
}

TEST_CASE("CSV: cells in quotes") {
    const Table t = table("\"a, b\" , \"c\"\"d\"\n\"1.5\",\"x\ny\"\n2,\"\"\"\"\n");
    CHECK(t.names() == std::vector<std::string>{"a, b", "c\"d"});
    CHECK(numbers(t, 0) == std::vector<double>{1.5, 2});
    const Samples<float> samples = t.samples<float>({.labels = 1});
    CHECK(samples.class_names()[0] == "\"");
    CHECK(samples.class_names()[1] == "x\ny");
    CHECK(samples.labels() == std::vector<int>{1, 0});
    const Samples<float> inches = table("x,y\n1,5'10\"\n2,6'\n").samples<float>({.labels = "y"});
    CHECK(inches.class_names()[0] == "5'10\"");
    CHECK(io_error("a,b\n1,\"2\n3,4\n") ==
          "t.csv: line 2, column 2: expected a closing quote, found the file's end");
    CHECK(io_error("a,b\n1,\"2\r\nx\" 3\n") ==
          "t.csv: line 3, column 2: expected a separator or the line's end behind the closing quote, found "
          "'3'");
}

TEST_CASE("CSV: the lines of messages count line ends in quotes, of every kind") {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        CHECK(io_error("a,b" + end + "\"1" + end + end + "\",2" + end + "3" + end) ==
              "t.csv: line 5, column 2: expected 2 cells, as in the first row, found 1");
    }
}

TEST_CASE("CSV: rows of another length, and what is no table") {
    CHECK(io_error("1,2\n3,4,5\n") ==
          "t.csv: line 2, column 3: expected 2 cells, as in the first row, found 3");
    CHECK(io_error("") == "t.csv: line 1, column 1: expected a table, found nothing: the file is empty");
    CHECK(io_error("\n \n") == "t.csv: line 1, column 1: expected a table, found nothing: the file is empty");
    CHECK(io_error(std::string("1,2\n3,\0\n", 8)) ==
          "t.csv: offset 6: expected a table as text (CSV), found a byte 0");
    CHECK(io_error(std::string("\xff\xd8\xff\0", 4)) ==
          "t.csv: offset 0: expected a table as text (CSV), found a JPEG picture");
    CHECK(io_error("<!DOCTYPE html><html>") ==
          "t.csv: offset 0: expected a table as text (CSV), found a web page (HTML)");
    CHECK(io_error(std::string("\xff\xfe"
                               "1\0",
                               4)) ==
          "t.csv: offset 0: expected a table as text (CSV), found text in UTF-16");
    CHECK(table("[a],b\n1,2\n").names()[0] == "[a]");
    CHECK(io_error(std::string(data::kMostColumns, ',')) ==
          "t.csv: line 1, column 1048577: expected at most 1048576 cells in a row, found another");
    for (const char separator : {'1', '.', '-', '+', '"', '\n', '\r', 'e'}) {
        CHECK_THROWS_AS(table("1,2\n", {.separator = separator}), std::invalid_argument);
    }
}

TEST_CASE("CSV: numbers are rounded to nearest, in every locale") {
    const auto number = data::number;
    CHECK(number("0.1") == 0.1);
    CHECK(number("+2.") == 2.0);
    CHECK(number("-.5E+1") == -5.0);
    CHECK(number("9007199254740993") == 9007199254740992.0);
    CHECK(number("9007199254740993.00000000000000000000000000000000001") == 9007199254740994.0);
    CHECK(number("2.2250738585072011e-308") == 2.2250738585072011e-308);
    CHECK(number("4.9e-324") == std::numeric_limits<double>::denorm_min());
    CHECK(number("1e-400") == 0.0);
    CHECK(std::signbit(*number("-1e-400")));
    CHECK(number("0e999999999999999999999") == 0.0);
    CHECK(number("0.00001e-99999999999999999999") == 0.0);
    CHECK(number("1.7976931348623157e308") == std::numeric_limits<double>::max());
    for (const std::string word : {"", "-", "+", ".", "e5", "1e", "1e+", "1,5", "1 2", "0x10", "inf", "nan",
                                   "--1", "+-1", "1.2.3", "1e400", "-1e400", "1f", "1e5.0"}) {
        INFO(word);
        CHECK_FALSE(number(word).has_value());
    }
    struct Comma : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
    };
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
    CHECK(number("1.5") == 1.5);
    std::locale::global(before);
}

TEST_CASE("CSV: labels are whole numbers as they are, or words in sorted order") {
    const Samples<float> words = table("x,kind\n1,cat\n2,Ape\n3,cat\n").samples<float>({.labels = "kind"});
    CHECK(words.labels() == std::vector<int>{1, 0, 1});
    CHECK(words.class_names()[0] == "Ape");
    CHECK(words.class_names().size() == 2);
    CHECK(words.features() == Matrix<float>{{1}, {2}, {3}});
    const Samples<double> whole = table("3,0.5\n1,0.25\n3.0,1\n").samples<double>({.labels = 0});
    CHECK(whole.labels() == std::vector<int>{3, 1, 3});
    CHECK(whole.classes() == 4);
    CHECK(whole.class_names().empty());
    const Samples<float> signs = table("1,-1\n2,1\n3,-1\n4,-0\n5,0\n").samples<float>({.labels = -1});
    CHECK(signs.labels() == std::vector<int>{0, 2, 0, 1, 1});
    CHECK(signs.class_names()[0] == "-1");
    CHECK(signs.class_names()[1] == "0");
    CHECK(table("1,0.5\n2,10\n3,9\n").samples<float>({.labels = 1}).labels() == std::vector<int>{0, 2, 1});
    CHECK(table("1,2147483648\n2,5\n").samples<float>({.labels = 1}).labels() == std::vector<int>{1, 0});
    const SampleColumns as_before = {.labels = "kind", .classes = {"dog", "cat", "Ape"}};
    const Samples<float> again = table("x,kind\n1,cat\n2,Ape\n").samples<float>(as_before);
    CHECK(again.labels() == std::vector<int>{1, 2});
    CHECK(again.classes() == 3);
    CHECK(samples_error("x,kind\n1,cat\n2,owl\n", as_before) ==
          "t.csv: line 3, column 2 (kind): expected one of the 3 classes, found \"owl\"");
    CHECK(table("1,7\n2,5\n").samples<float>({.labels = 1, .classes = {"5", "7"}}).labels() ==
          std::vector<int>{1, 0});
}

TEST_CASE("CSV: targets, chosen features and left-out columns") {
    const Table t = table("id,a,b,price,tax\n7,1,2,3,4\n8,5,6,7,8\n");
    const Samples<double> two = t.samples<double>({.targets = {"tax", "price"}, .without = {"id"}});
    CHECK(two.features() == Matrix<double>{{1, 2}, {5, 6}});
    CHECK(two.targets() == Matrix<double>{{4, 3}, {8, 7}});
    const Samples<double> chosen = t.samples<double>({.targets = {-1}, .features = {"b", 1}});
    CHECK(chosen.features() == Matrix<double>{{2, 1}, {6, 5}});
    CHECK(message_of<std::invalid_argument>([&] {
              t.samples<double>({.targets = {"a"}, .features = {"b", "b"}});
          }) ==
          "samples: a column must be features, targets or labels, once; column 3, \"b\", is chosen twice");
    CHECK(message_of<std::invalid_argument>([&] { t.samples<double>({}); }) ==
          "samples: columns must name labels or targets, found none; t.csv has 5 columns");
    CHECK_THROWS_AS(t.samples<double>({.labels = "a", .targets = {"b"}}), std::invalid_argument);
    CHECK_THROWS_AS(t.samples<double>({.labels = "a", .features = {"a"}}), std::invalid_argument);
}

TEST_CASE("CSV: rows to predict from need no answers, and leave out those that are there") {
    const SampleColumns by_name = {.labels = "kind", .without = {"id"}};
    CHECK(table("id,a,b\n7,1,2\n8,5,6\n").features<float>(by_name) == Matrix<float>{{1, 2}, {5, 6}});
    CHECK(table("id,a,kind,b\n7,1,x,2\n").features<float>(by_name) == Matrix<float>{{1, 2}});
    CHECK(table("b,a\n1,2\n").features<double>({.targets = {"y"}, .features = {"a", "b"}}) ==
          Matrix<double>{{2, 1}});
    CHECK(table("1,2\n3,4\n").features<double>() == Matrix<double>{{1, 2}, {3, 4}});
    CHECK(table("a,b\n1,\n").features<double>({.missing = Missing::kFill, .fill = 9}) ==
          Matrix<double>{{1, 9}});
    const auto error = [](const std::string& text, const SampleColumns& columns) {
        return message_of<IoError>([&] { table(text).features<float>(columns); });
    };
    CHECK(error("a,b\n1,2\n", by_name) == "t.csv: expected a column \"id\", found \"a\", \"b\"");
    CHECK(error("a,b\n1,2\n", {.labels = 5}) == "t.csv: expected a column from -2 to 1, found 5");
    CHECK(error("a,b\n1,2\n3,\n", {}) ==
          "t.csv: line 3, column 2 (b): expected a number, found a missing value");
    CHECK(error("a,b\n1,2\nx,3\n", {}) == "t.csv: line 3, column 1 (a): expected a number, found \"x\"");
    CHECK(
        error("a,b\n1,1e200\n", {}).starts_with("t.csv: line 2, column 2 (b): expected a number that float"));
    CHECK(error("a,b\n", {}) == "t.csv: expected at least one row of data, found none");
}

// The first file may have had words, too, or have written its numbers in another way.
TEST_CASE("CSV: numbers find their class among words") {
    const auto labels = [](const std::string& text, const std::vector<std::string>& classes) {
        const Samples<float> found = table(text).samples<float>({.labels = "t", .classes = classes});
        const auto all = found.labels();
        return std::vector<int>(all.begin(), all.end());
    };
    CHECK(labels("a,t\n1,100000\n1,200000\n", {"100000", "200000", "unknown"}) == std::vector<int>{0, 1});
    CHECK(labels("a,t\n1,008\n1,007\n", {"007", "008", "x"}) == std::vector<int>{1, 0});
    CHECK(labels("a,t\n1,01\n1,x\n1,1\n", {"01", "1", "x"}) == std::vector<int>{0, 2, 1});
    const auto error = [&](const std::string& text, const std::vector<std::string>& classes) {
        return message_of<IoError>([&] { labels(text, classes); });
    };
    CHECK(error("a,t\n1,01\n", {"01", "1", "x"}) ==
          "t.csv: line 2, column 2 (t): expected one class of this number, found \"1\"");
    CHECK(error("a,t\n1,2\n", {"01", "x"}) ==
          "t.csv: line 2, column 2 (t): expected one of the 2 classes, found \"2\"");
}

// Looked for one by one, they would take minutes.
TEST_CASE("CSV: a hundred thousand columns are found by name") {
    constexpr std::size_t kColumns = 100'000;
    std::string names = "t";
    std::string numbers = "1";
    SampleColumns columns = {.labels = "t"};
    for (std::size_t j = 0; j < kColumns; ++j) {
        const std::string name = "c" + std::to_string(j);
        columns.features.emplace_back(name);
        names += "," + name;
        numbers += "," + std::to_string(j);
    }
    const Samples<double> found = table(names + "\n" + numbers + "\n").samples<double>(columns);
    CHECK(found.features()(0, kColumns - 1) == kColumns - 1);
}

TEST_CASE("CSV: missing values are rejected with their place, skipped, or filled") {
    const std::string text = "a,b,kind\n1,,x\n2,NA,y\n3,5,?\n4,6,\"NA\"\n";
    CHECK(samples_error(text, {.labels = "kind"}) ==
          "t.csv: line 2, column 2 (b): expected a number, found a missing value");
    CHECK(samples_error(text, {.labels = "kind", .features = {"a"}}) ==
          "t.csv: line 4, column 3 (kind): expected a label, found a missing value");
    const Samples<float> skipped = table(text).samples<float>({.labels = "kind", .missing = Missing::kSkip});
    CHECK(skipped.features() == Matrix<float>{{4, 6}});
    CHECK(skipped.class_names()[0] == "NA");
    const SampleColumns two = {.targets = {"a"}, .features = {"b"}, .missing = Missing::kSkip};
    CHECK(table(text).samples<float>(two).features() == Matrix<float>{{5}, {6}});
    CHECK(samples_error(text, {.labels = "kind", .missing = Missing::kFill}) ==
          "t.csv: line 4, column 3 (kind): expected a label, found a missing value");
    // Features that can be filled in the same row are no reason to keep it: words and numbers.
    for (const char* const both : {"a,kind\n1,x\n,\n", "a,kind\n1,2\n,\n"}) {
        CHECK(samples_error(both, {.labels = "kind", .missing = Missing::kFill}) ==
              "t.csv: line 3, column 2 (kind): expected a label, found a missing value");
    }
    const Samples<float> filled = table(text).samples<float>(
        {.targets = {"a"}, .features = {"b"}, .missing = Missing::kFill, .fill = -1});
    CHECK(filled.features() == Matrix<float>{{-1}, {-1}, {5}, {6}});
    CHECK(samples_error("a,b\n1,\n2,\n", {.labels = "a", .missing = Missing::kSkip}) ==
          "t.csv: expected at least one row of data, found missing values in all 2");
    CHECK(samples_error("a,b\n", {.labels = "a"}) == "t.csv: expected at least one row of data, found none");
    for (const char* const word :
         {"", "NaN", "nan", "-nan", "N/A", "n/a", "na", "null", "NULL", "None", "<NA>", "#N/A", "?"}) {
        INFO(word);
        CHECK(std::isnan(table(std::string("a,b\n1,") + word + "\n").numbers("b")[0]));
    }
}

TEST_CASE("CSV: cells that are no numbers, and columns that are not there") {
    CHECK(samples_error("a,b\n1,2\n2,x\n3,y\n", {.labels = "a"}) ==
          "t.csv: line 3, column 2 (b): expected a number, found \"x\"");
    CHECK(samples_error("1,2\n2,inf\n", {.labels = 0}) ==
          "t.csv: line 2, column 2: expected a number, found \"inf\"");
    CHECK(samples_error("1,2\n2,1e39\n", {.labels = 0}) ==
          "t.csv: line 2, column 2: expected a number that float can hold, found 1e+39");
    CHECK(message_of<IoError>([] { table("a,b\n1,2\nx,2\n").numbers("a"); }) ==
          "t.csv: line 3, column 1 (a): expected a number, found \"x\"");
    CHECK(samples_error("a,b\n1,2\n", {.labels = "c"}) ==
          "t.csv: expected a column \"c\", found \"a\", \"b\"");
    CHECK(samples_error("1,2\n", {.labels = "c"}) ==
          "t.csv: expected a column \"c\", found 2 columns without names; choose by number");
    CHECK(samples_error("1,2\n", {.labels = 2}) == "t.csv: expected a column from -2 to 1, found 2");
    CHECK(samples_error("1,2\n", {.labels = -3}) == "t.csv: expected a column from -2 to 1, found -3");
    CHECK(samples_error("a,b,a\n1,2,3\n", {.labels = "a"}) ==
          "t.csv: expected one column \"a\", found it above columns 1 and 3; choose by number");
    CHECK(samples_error("a,\n1,2\n", {.labels = ""}) == "t.csv: expected a column \"\", found \"a\", \"\"");
    CHECK(samples_error("a;b\n1;2\n", {.labels = 0}) ==
          "t.csv: expected a column for features beside labels or targets, found 1 columns in all; is the "
          "separator another one?");
    CHECK(Table().cols() == 0);
    CHECK_THROWS_AS(Table().index(0), IoError);
}

TEST_CASE("CSV: files, plain and gzip") {
    const test::TempDirectory directory;
    const std::string text = "x,t\n1,0\n2,1\n";
    const test::Bytes bytes(text.begin(), text.end());
    const std::string path = directory.write("a.csv", bytes);
    CHECK(numbers(load_csv(path), "x") == std::vector<double>{1, 2});
    CHECK(load_csv(path).path() == path);
#ifdef THALWEG_HAS_ZLIB
    CHECK(numbers(load_csv(directory.write("a.csv.gz", test::gzip(bytes))), "t") ==
          std::vector<double>{0, 1});
    test::Bytes cut = test::gzip(bytes);
    cut.pop_back();
    CHECK_THROWS_AS(load_csv(directory.write("cut.csv.gz", cut)), IoError);
#endif
    CHECK(message_of<IoError>([&] { load_csv(directory.path("none.csv")); }) ==
          directory.path("none.csv") + ": expected a readable file, found: No such file or directory");
    CHECK(message_of<IoError>([&] { load_csv(directory.path()); }) ==
          directory.path() + ": expected a file, found a directory");
    const auto before = test::open_files();
    CHECK_THROWS_AS(load_csv(directory.write("empty.csv", {})), IoError);
    CHECK(test::open_files() == before);
}

}  // namespace
}  // namespace thalweg
